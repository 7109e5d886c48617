"""The canonical tables: what every source must become (docs/reference/data-contract.md is generated from this list)."""

from __future__ import annotations

from dataclasses import dataclass

TEXT, TIME, MONEY, NUMBER, FLAG = "VARCHAR", "TIMESTAMP", "DECIMAL(18,4)", "DECIMAL(18,4)", "BOOLEAN"


@dataclass(frozen=True)
class Column:
    """A canonical column: DuckDB type, whether a source must give it, and what it means."""

    type: str
    meaning: str
    required: bool = False
    never_null: bool = False
    otherwise: str | None = None  # SQL used where a source does not map the column


@dataclass(frozen=True)
class Table:
    """A canonical table: its columns in order, the columns that identify a row, and the column that dates it."""

    meaning: str
    key: tuple[str, ...]
    dated_by: str
    columns: dict[str, Column]

    def check_mapping(self, mapped: tuple[str, ...]) -> None:
        """Raise ValueError for a column that does not exist or a required one that is missing."""
        for name in mapped:
            if name not in self.columns:
                raise ValueError(f"columns.{name}: no such canonical column; there are {', '.join(self.columns)}")
        for name, column in self.columns.items():
            if column.required and name not in mapped:
                raise ValueError(f"columns.{name} is missing ({column.meaning}); give a column of the file or an expression")


CUSTOMER = Column(TEXT, "customer identifier, kept as text", required=True, never_null=True)
RECORDED = Column(TIME, "when the row became known, where that is later than when it happened (UTC)")

TABLES: dict[str, Table] = {
    "transactions": Table(
        "order lines; the one table every source needs",
        key=("order_id", "line_id"),
        dated_by="ordered_at",
        columns={
            "customer_id": CUSTOMER,
            "order_id": Column(TEXT, "order, invoice or basket number", required=True, never_null=True),
            "line_id": Column(TEXT, "line within the order; numbered when not mapped"),
            "ordered_at": Column(TIME, "when the order was placed (UTC)", required=True, never_null=True),
            "amount": Column(
                MONEY, "net amount of the line; negative for a return or refund; null for a whole table without money"
            ),
            "quantity": Column(NUMBER, "units; negative for a return"),
            "product_id": Column(TEXT, "product; null for postage, fees and other lines that are not goods"),
            "category": Column(TEXT, "product category"),
            "channel": Column(TEXT, "where it was sold"),
            "discount": Column(MONEY, "discount given on the line, positive"),
            "is_return": Column(FLAG, "true for a return, refund or cancellation", otherwise="coalesce(amount < 0, false)"),
            "margin": Column(MONEY, "margin of the line"),
            "currency": Column(TEXT, "ISO code of the line's money; rows in another than source.currency are quarantined"),
            "recorded_at": RECORDED,
        },
    ),
    "engagements": Table(
        "what customers did, and what the company sent them",
        key=("engagement_id",),
        dated_by="occurred_at",
        columns={
            "customer_id": CUSTOMER,
            "engagement_id": Column(TEXT, "event identifier; numbered when not mapped"),
            "occurred_at": Column(TIME, "when it happened (UTC)", required=True, never_null=True),
            "kind": Column(TEXT, "one of the declared kinds", required=True, never_null=True),
            "channel": Column(TEXT, "where it happened"),
            "value": Column(NUMBER, "hours to resolve, score, minutes or points, by kind"),
            "topic": Column(TEXT, "subject of a ticket, complaint or content"),
            "recorded_at": RECORDED,
        },
    ),
    "attributes": Table(
        "facts about customers, dated where the source dates them",
        key=("customer_id", "name", "valid_from"),
        dated_by="valid_from",
        columns={
            "customer_id": CUSTOMER,
            "name": Column(TEXT, "name of the fact", required=True, never_null=True),
            "value": Column(TEXT, "its value as text", required=True),
            "valid_from": Column(TIME, "from when it holds; null means known only today: lists and consent, never a feature"),
            "recorded_at": RECORDED,
        },
    ),
    "subscriptions": Table(
        "subscriptions as a log of changes",
        key=("subscription_id", "changed_at"),
        dated_by="changed_at",
        columns={
            "customer_id": CUSTOMER,
            "subscription_id": Column(TEXT, "contract identifier", required=True, never_null=True),
            "changed_at": Column(TIME, "when this change happened (UTC)", required=True, never_null=True),
            "plan": Column(TEXT, "plan or tariff"),
            "status": Column(TEXT, "trial, active, renewed, cancelled or expired", required=True, never_null=True),
            "started_at": Column(TIME, "start of the current period"),
            "expires_at": Column(TIME, "end of the current period"),
            "price": Column(MONEY, "price of the period"),
            "recorded_at": RECORDED,
        },
    ),
    "contacts": Table(
        "past campaigns: who was contacted, or held out, with what",
        key=("contact_id",),
        dated_by="contacted_at",
        columns={
            "customer_id": CUSTOMER,
            "contact_id": Column(TEXT, "contact identifier; numbered when not mapped"),
            "campaign_id": Column(TEXT, "campaign"),
            "delivery_id": Column(TEXT, "delivery of this pipeline the contact came from"),
            "contacted_at": Column(TIME, "when it was, or would have been, made (UTC)", required=True, never_null=True),
            "channel": Column(TEXT, "e-mail, phone, …"),
            "offer": Column(TEXT, "what was offered"),
            "arm": Column(TEXT, "contact, holdout or control", otherwise="'contact'"),
            "assignment_probability": Column("DOUBLE", "chance that the draw said contact; null when it was not random"),
            "cost": Column(MONEY, "cost of the contact"),
        },
    ),
}

NUMBERED_WITHIN = {"line_id": ("order_id",), "engagement_id": (), "contact_id": ()}

CUSTOMER_INITIATED = (
    "site_visit",
    "app_session",
    "email_opened",
    "email_clicked",
    "push_opened",
    "social_interaction",
    "chat",
    "support_ticket",
    "complaint",
    "survey_response",
    "nps_response",
    "review",
    "content_use",
    "coupon_redeemed",
    "points_redeemed",
    "referral",
)
COMPANY_INITIATED = ("email_sent", "push_sent", "mail_sent", "survey_sent", "points_earned")
KINDS = CUSTOMER_INITIATED + COMPANY_INITIATED

SUBSCRIPTION_STATUSES = ("trial", "active", "renewed", "cancelled", "expired")
# What counts as a word on a consent, in English, Italian, German, French and Spanish; nothing but a clear yes is one.
GIVEN = ("true", "1", "yes", "y", "t", "on", "x", "given", "granted", "sì", "si", "sí", "s", "ja", "j", "oui")
WITHHELD = ("false", "0", "no", "n", "f", "off", "refused", "withdrawn", "nein", "non")
ARMS = ("contact", "holdout", "control")
