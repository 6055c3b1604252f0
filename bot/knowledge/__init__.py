"""The knowledge folder as domain objects: questions, risk appetite, guidelines, words. It judges no tool."""

from bot.knowledge.facts import Fact, FactValue
from bot.knowledge.faults import Fault, KnowledgeFaults
from bot.knowledge.library import Broken, Findings, Hit, Library
from bot.knowledge.loader import Knowledge, default_folder, knowledge_from_content, load_knowledge

__all__ = [
    "Broken",
    "Fact",
    "FactValue",
    "Fault",
    "Findings",
    "Hit",
    "Knowledge",
    "KnowledgeFaults",
    "Library",
    "default_folder",
    "knowledge_from_content",
    "load_knowledge",
]
