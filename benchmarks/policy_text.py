"""What the page of `benchmarks.policy_page` says around its figures."""

from __future__ import annotations

INTRODUCTION = """Written by `make bench-policy`: {companies} simulated companies of {customers:,} customers, of which each lives
{deliveries} months of monthly deliveries several times, by another policy each time, with the same customers and the
same luck. {right} of them have the playbook that a randomised pilot showed, the others one in which every share kept
is a third, a half, twice or three times that; what offers do to those who stay is right in all. {limited} have a
budget and little room in their channels, the others contact everybody who pays. The forecast is the true chance of
leaving with noise. Lists are the pipeline's own, a tenth held out. The policies:

- **static**: the playbook as it is written;
- **learned**: every month what has matured is read back; the playbook's shares kept are moved by it, and the learned
  effect of each customer is used where its gate opens ([decisions 22](decisions/0022-learning.md) and
  [23](decisions/0023-uplift.md));
- **tested**: the same, where from the first month on a fifth of those meant to get the better of the two e-mailed
  offers get the other one (`campaign.allocation.offer_arms`);
- **oracle**: every month each offer's true mean share kept of all who may get it. It does not know whom an offer
  moves.

A month's contacts are paid what they truly add: the margin of the months to come on average over futures with the
offer less that without, whatever was offered before, contacts and discounts paid. No company knows it. Intervals are
of 95 %, by bootstrap over companies. Better is told of the last {last} months together."""
SUMMARY = """No interval is told of fewer than {fewest} companies. Limits alternate from seed to seed, the ways in which
playbooks are wrong go by four seeds, and limits change places after twenty: among the first twenty, those with limits are
also those whose playbook says too much of the discount. Lists are planned for 12 months. A discount costs margin at once
and keeps customers for later, so whoever makes fewer of them looks better over 3 months."""
WHY = """**What there is to win** by right shares is what the oracle earns, which has every share kept right every month, if
only on average over customers. To earn more, lists need to know *whom* an offer moves ([what a list is really
worth](lists-worth.md)); that is what the uplift model is for. **What learning cannot do** is find out about an offer that
is not made: of one of which the playbook says too little few are drawn ([below](#what-was-learned)), unless offers are
tested against each other, which has its price each month. And a dozen deliveries with a tenth held out measure a share kept
to within some hundredths, which is as much as the shares of these offers differ, so that lists may change offers by
chance where the playbook was right."""
MONTHS = """In the first three months nothing has matured. A customer is contacted at most three times in 90 days, so months
differ."""
GATE = """In {looked} of {lives} lives (learned and tested) enough had matured for a first look: {looks} looks, at the end
{rows} rows on average. **The gate opened in {opened}.** The looks found a policy of leaving some alone to bring
{judged} a customer on average. {earned}"""
AGAINST_TRUTH = """Distances are root mean squares in the last month. The truth is the mean over all who may get an offer, so
that who is listed, and how often, moves a little what can be measured."""
LIVED = """What the company took in from the first delivery until a year after the last, in each life, by its own luck:
the same question asked without any future that did not come. It is far noisier, and pays for effects beyond a year and
in all months at once."""
