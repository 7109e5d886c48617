"""What the page of `benchmarks.policy_page` says around its figures."""

from __future__ import annotations

INTRODUCTION = """Written by `make bench-policy`. {companies} (seeds {seeds})
simulated companies of {customers:,} customers, of which each lives {deliveries} months of monthly deliveries several times,
by another policy each time, with the same customers and the same luck. {right} of them have the playbook that a
randomised pilot showed; in that of the others every share kept (of would-be leavers, how many the offer keeps) is a
third, a half, twice or three times that. What offers do to those who stay is right in all. {limited} have a budget and
little room in their channels, the others contact everybody who pays. The forecast is the true chance of leaving with
noise. Lists are the pipeline's own, a tenth held out. The policies:

- **static**: the playbook as it is written;
- **learned**: every month what has matured is read back; the playbook's shares kept are moved by it, and the learned
  effect of each customer is used where its gate opens ([decisions 22](decisions/0022-learning.md) and
  [23](decisions/0023-uplift.md));
- **tested**: the same, where from the first month on a fifth of those meant to get the better of the two e-mailed
  offers get the other one (`campaign.allocation.offer_arms`);
- **oracle**: every month each offer's true mean share kept of all who may get it. It does not know whom an offer
  moves.

What a month's contacts truly add is the customers' margin with the offer less that without, on average over futures,
contacts and discounts paid; no company knows it. It is counted over the 12 months after the contact, for which lists are
planned, and over the first 3 of them, in which more is spent and less has come back. Amounts are in the currency of the
company, means of the companies. Intervals are of 95 %, by the bootstrap-t over companies (Efron & Tibshirani 1993), which
is wider than the usual bootstrap where companies are few. None is told of fewer than {fewest}: of those there are the mean
and in how many lists earned more ("better in")."""
SUMMARY = """All contacts of the last {last} months of deliveries together. Limits alternate from seed to seed, the ways in which
playbooks are wrong go by four seeds, and limits change places after twenty: among the first twenty, those with limits are
also those whose playbook says too much of the discount."""
PAID = {
    "12": "Counted over the 12 months after each contact:",
    "3": """The same contacts, counted over the first 3 months after each. A discount costs margin at once and keeps customers for
later, so whoever gives fewer of them looks better here and need not be:""",
}
WHY = """**What there is to win** by right shares is what the oracle earns, which has every share kept right every month, if
only on average over customers. To earn more, lists need to know *whom* an offer moves ([what a list is really
worth](lists-worth.md)); that is what the uplift model is for. **What learning cannot do** is find out about an offer that
is not made: of one of which the playbook says too little few are drawn ([below](#what-was-learned)), unless offers are
tested against each other, which has its price each month. And a dozen deliveries with a tenth held out measure a share kept
to within some hundredths, which is as much as the shares of these offers differ, so that lists may change offers by
chance where the playbook was right."""
MONTHS = """Means of the companies. In the first three months nothing has matured. A customer is contacted at most three times in
90 days, so months differ."""
GATE = """A first look takes 8,669 draws that have matured ([why](did-it-work.md#who-can-be-saved)). In {looked} of {lives}
lives (each company's learned and tested) there were as many, and {looks} looks were taken; at the end of a life {rows} had
matured on average, in those without a look as well. **The gate opened in {opened}.** The looks found that leaving alone
whom contacting does not pay brings {judged} a customer on average. {earned}"""
AGAINST_TRUTH = """Shares kept, 0 to 1. `true` is the mean over all who may get the offer, so that who is listed, and how often,
moves a little what can be measured. The playbook, and what was learned without and with offers tested, are `off by` so much
in the last month (root mean squares). `contacted` is how many of a company's draws for contact had matured by then."""
LIVED = """What the company took in from the first delivery until a year after the last, in each life, by its own luck:
one future only, the one that came. It is far noisier, and pays for effects beyond a year and
in all months at once."""
