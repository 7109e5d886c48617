"""The catalogues of words: complete, with the same placeholders, used, and in their own language."""

import re
from pathlib import Path

import pytest

from pipeline.kpis import worth
from pipeline.kpis.contracts import CONTRACT_METRICS
from pipeline.kpis.event_metrics import FEEDBACK, SERVICE
from pipeline.kpis.flow_metrics import FLOW_METRICS
from pipeline.kpis.leaving import TRAITS
from pipeline.kpis.sales_metrics import SALES_METRICS, TOP20
from pipeline.model.grade import grade
from pipeline.model.slices import TENURE
from pipeline.report.page import SAID_BY_SCRIPT
from pipeline.report.retention import SHOWN
from pipeline.report.words import PLACEHOLDER, spoken
from pipeline.value.value_judge import OFF

EN, IT = spoken("en"), spoken("it")
REPORT = Path(__file__).parents[2] / "pipeline" / "report"
# Sections whose keys are codes of the data or of the configuration.
BY_CODE = {
    "counts", "status", "list", "arm", "lifecycle", "channel", "left_out", "rivals", "role", "slice", "rfm",
    "table", "risk", "kind",
}  # fmt: skip
FILES = {"customers.csv", "page.html"}
ALIKE = {"channel.email", "rivals.bg_nbd", "recut.slider", "trust.lift_term"}


def test_both_languages_have_the_same_keys_with_the_same_placeholders() -> None:
    assert list(EN.texts) == list(IT.texts)
    for key, text in EN.texts.items():
        if isinstance(text, str):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(IT.texts[key])), key
        else:
            assert len(text) == len(IT.texts[key]), key


def test_no_text_is_empty_or_the_same_in_both_languages() -> None:
    assert [key for key, text in EN.texts.items() if not text or not IT.texts[key]] == []
    worded = {key for key, text in EN.texts.items() if re.search("[a-z]{3}", PLACEHOLDER.sub("", str(text)))}
    assert {key for key in worded if EN.texts[key] == IT.texts[key]} <= ALIKE


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for kind in ("*.py", "*.html") for path in sorted(REPORT.glob(kind)))
    sections = {key.split(".")[0] for key in EN.texts}
    named = {key for key in re.findall(r"""["']([a-z_]+\.[a-z_0-9]+)["']""", code) if key.split(".")[0] in sections} - FILES
    assert named - set(EN.texts) == set()
    by_script = {f"{section}.{key}" for section, keys in SAID_BY_SCRIPT.items() for key in keys}
    # f"section.beginning{expression}end" and 'section.beginning' ~ expression
    made = [rf"{a}[a-z_0-9]+{b}" for a, b in re.findall(r"""["']([a-z_]+\.[a-z_]*)\{[^}]*\}([a-z_]*)["']""", code)]
    made += [rf"{a}[a-z_0-9]+" for a in re.findall(r"'([a-z_]+\.[a-z_]*)' ~", code)]
    unused = [key for key in EN.texts if key not in named | by_script and key.split(".")[0] not in BY_CODE]
    assert [key for key in unused if not any(re.fullmatch(pattern, key) for pattern in made)] == []


def figures(auc: float, loss: float) -> dict[str, dict[str, float]]:
    return {"auc": {"difference": auc, "low": auc - 0.01, "high": auc + 0.01}, "log_loss": {"difference": loss, "high": loss}}


@pytest.mark.parametrize(
    ("ece", "dates", "lead", "said"),
    [
        (0.01, 2, figures(0.1, -0.1), "Calibrato, e più vicino a ciò che è successo"),
        (0.01, 1, figures(0.1, -0.1), "Calibrato e non peggiore di alcun metodo di riferimento nell'ordinare, alla sola data"),
        (0.01, 2, figures(0.1, 0.1), "Calibrato e non peggiore di alcun metodo di riferimento nell'ordinare, su 2 date"),
        (0.01, 2, figures(-0.1, 0.1), "Il modello può ordinare peggio di bg_nbd e recency su 2 date di verifica."),
        (0.05, 2, figures(0.1, -0.1), "Le probabilità non si possono prendere alla lettera: sbagliano in media di 5,0 su 100"),
        (0.02, 2, figures(0.1, -0.1), "Le probabilità non si possono prendere alla lettera: al 2024-01-01 sbagliavano di 9,0"),
    ],
)
def test_every_grade_is_said_in_italian(ece: float, dates: int, lead: dict, said: str) -> None:
    worst = 0.09 if ece == 0.02 else ece
    at = {"t": "2024-01-01", "ece": worst, "predicted": 0.5, "churn_rate": 0.4}
    _, reason = grade({"pooled": {"ece": ece}, "rolling": [at] * dates, "paired": {"bg_nbd": lead, "recency": lead}})
    assert IT.written(reason).startswith(said)
    assert EN.written(reason) == reason


def test_what_other_stages_write_is_said_in_italian() -> None:
    formulas = {
        metric.name: metric.formula for metric in (*FLOW_METRICS, *SALES_METRICS, TOP20, *FEEDBACK, *SERVICE, *CONTRACT_METRICS)
    }
    english = [*(formulas[name] for name in SHOWN), *worth.ASSUMPTIONS, *(trait.words for trait in TRAITS), *TENURE, OFF]
    assert [text for text in english if IT.written(text) == text] == []


def test_what_has_no_translation_is_marked_as_english() -> None:
    assert IT.foreign("A sentence <b> nobody knows.") == '<span lang="en">A sentence &lt;b&gt; nobody knows.</span>'
    assert EN.foreign("A sentence.") == "A sentence."
    assert IT.foreign("gold") == "gold"  # a value of the data
    assert IT.foreign("tier is gold") == "tier: gold"
