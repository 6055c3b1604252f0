"""The kinds of names that things carry. Only their types live here; nothing here makes one up."""

from typing import NewType

UserId = NewType("UserId", str)  # Slack's id of one account, opaque
PersonId = NewType("PersonId", str)  # one human being, however many accounts they have
ChannelId = NewType("ChannelId", str)
ToolId = NewType("ToolId", str)
VendorId = NewType("VendorId", str)
ReviewId = NewType("ReviewId", str)
VerdictId = NewType("VerdictId", str)
DecisionId = NewType("DecisionId", str)
QuestionId = NewType("QuestionId", str)
ClientId = NewType("ClientId", str)
SeriesId = NewType("SeriesId", str)
OccurrenceId = NewType("OccurrenceId", str)
ActionItemId = NewType("ActionItemId", str)
FindingId = NewType("FindingId", str)
AskedId = NewType("AskedId", str)
