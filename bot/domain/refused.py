"""The named "no". Each refusal's text may be read by a person; anything that is not a refusal is a fault."""


class Refused(Exception):
    """A rule said no, and `reason` says why in words for the person who asked."""

    reason = "That is not possible."

    def __init__(self, reason: str | None = None) -> None:
        if reason is not None:
            self.reason = reason
        super().__init__(self.reason)


class NoSuchReview(Refused):
    reason = "I can't find that review any more. Start again with /preflight and the tool's name."


class NoSuchDecision(Refused):
    reason = "I can't find that decision any more. Look it up with /preflight find and the tool's name."


class NoSuchClient(Refused):
    reason = "I can't find that client in the register. /preflight clients lists all of them."


class NoSuchSeries(Refused):
    reason = "That client has no weekly review. Set one up with /preflight client edit and the client's name."


class NoSuchOccurrence(Refused):
    reason = "I can't find that client review any more."


class NoSuchAction(Refused):
    reason = "I can't find that action any more."


class ReviewEnded(Refused):
    reason = "This review has ended, so nothing was changed. Start a new one with /preflight and the tool's name."


class NotAnswering(Refused):
    reason = "This review is with the security leads now. Take it back first if an answer has to change."


class NoProfileYet(Refused):
    reason = "First tell me how the tool will be used. Press Describe the Use."


class NotAsked(Refused):
    reason = "That question is not asked for this tool any more. The card shows what is open now."


class NoSuchOption(Refused):
    reason = "I don't know that answer. Pick one of those on the card."


class BlockerNotForgotten(Refused):
    reason = (
        "You answered this with something that rules the tool out. Changing that to “I don't know” takes a lead. "
        "Pick the answer that is true, or submit and write a note for the leads."
    )


class StillOpenQuestions(Refused):
    reason = "Some questions are still open. Answer them first; “I don't know” is an answer too."


class OutdatedCard(Refused):
    reason = "This card was out of date, so nothing was changed. The fresh one shows how things stand now."


class NotTheTeams(Refused):
    reason = "Only the people who asked for this review can do that. Press Join to become one of them."


class AnotherVerdict(OutdatedCard):
    reason = (
        "The rules or the age of an answer changed after this verdict was shown, so nothing was handed in. "
        "The fresh card shows the verdict as of now; press again if it is right."
    )
