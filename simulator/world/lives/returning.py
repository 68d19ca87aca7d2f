"""Money that goes back: refunds that people ask for, disputes that banks open, and warnings of disputes to come."""

from simulator.world.calendar import HALF_HOUR
from simulator.world.lives.billing import Alert, Dispute, DisputeStatus, Payment, Refund
from simulator.world.lives.fate import DAY, Fate
from simulator.world.lives.renewing import Renewing
from simulator.world.lives.till import Till, tag

_SETTLES_AFTER = 3 * HALF_HOUR
_DUE, _ANSWERED, _DECIDED = 7 * DAY, 5 * DAY, 21 * DAY


class Returning:
    def __init__(self, till: Till, fate: Fate, renewing: Renewing) -> None:
        self._till = till
        self._fate = fate
        self._renewing = renewing
        self.of_orders: list[tuple[int, Payment, int]] = []  # when, which sale, how much of it by then
        till.teach(
            {
                "complain": self._complain,
                "refund settles": self._refund_settles,
                "dispute": self._dispute,
                "dispute answered": self._dispute_answered,
                "dispute decided": self._dispute_decided,
            }
        )

    def _complain(self, at: int, payment_id: str) -> None:
        payment = self._till.payments[payment_id]
        complaint = self._fate.complains(payment)
        if complaint is not None and payment.refunded_minor == 0 and payment.dispute is None:
            amount = payment.minor if complaint[1] == 100 else max(1, payment.minor * complaint[1] // 100)
            self.refund(at, payment, minor=amount, reason=complaint[2], metadata={})

    def refund(self, at: int, payment: Payment, *, minor: int, reason: str | None, metadata: dict[str, str]) -> Refund:
        """Whoever gets everything back has no membership any more."""
        refund = Refund(
            id=tag("rfnd", payment.id, payment.refunded_minor), payment=payment.id, minor=minor, created_at=at,
            updated_at=at, reason=reason, metadata=metadata,
        )  # fmt: skip
        self._till.refunds[refund.id] = refund
        payment.refunded_minor += minor
        payment.refunded_at = payment.updated_at = at
        if payment.order is not None:
            self.of_orders.append((at, payment, payment.refunded_minor))
        self._till.tell(at, "refund.created", refund)
        self._till.plan(at + _SETTLES_AFTER, "refund settles", refund.id)
        membership = self._till.memberships.get(payment.membership or "")
        if membership is not None and payment.refundable_minor == 0 and membership.ended_at is None:
            self._renewing.end(at, membership)
        return refund

    def _refund_settles(self, at: int, refund_id: str) -> None:
        refund = self._till.refunds[refund_id]
        refund.status, refund.updated_at = "succeeded", at
        self._till.tell(at, "refund.updated", refund, {"status": "pending"})

    def _dispute(self, at: int, payment_id: str) -> None:
        payment = self._till.payments[payment_id]
        grounds = self._fate.disputes(payment)
        if grounds is None or payment.refundable_minor == 0:
            return
        if self._fate.is_warned(payment):
            self._warn(at, payment)
            return
        dispute = Dispute(
            id=tag("dspt", payment.id), payment=payment.id, minor=payment.refundable_minor, reason=grounds[1],
            created_at=at, updated_at=at, due_at=at + _DUE,
        )  # fmt: skip
        self._till.disputes[dispute.id] = dispute
        self._stands(at, dispute, "needs_response")
        self._till.plan(at + _ANSWERED, "dispute answered", dispute.id)

    def _warn(self, at: int, payment: Payment) -> None:
        payment.alerted_at, payment.auto_refunded = at, True
        alert = Alert(id=tag("dspa", payment.id), payment=payment.id, minor=payment.minor, created_at=at)
        self._till.alerts[alert.id] = alert
        self._till.tell(at, "dispute_alert.created", alert)
        self.refund(at, payment, minor=payment.refundable_minor, reason="dispute_alert", metadata={})

    def _dispute_answered(self, at: int, dispute_id: str) -> None:
        self._stands(at, self._till.disputes[dispute_id], "under_review")
        self._till.plan(at + _DECIDED, "dispute decided", dispute_id)

    def _dispute_decided(self, at: int, dispute_id: str) -> None:
        dispute = self._till.disputes[dispute_id]
        lost = self._fate.dispute_lost(self._till.payments[dispute.payment])
        self._stands(at, dispute, "lost" if lost else "won")

    def _stands(self, at: int, dispute: Dispute, status: DisputeStatus) -> None:
        previous, payment = dispute.status, self._till.payments[dispute.payment]
        dispute.status, dispute.updated_at = status, at
        payment.dispute, payment.dispute_status, payment.updated_at = dispute.id, status, at
        opened = status == "needs_response"
        self._till.tell(
            at, "dispute.created" if opened else "dispute.updated", dispute, {} if opened else {"status": previous}
        )
