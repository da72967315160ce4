"""What is known about each user: the store, recall, belief."""

from usermind.memory.candidates import Candidate, Moment
from usermind.memory.concept_door import ConceptDoor
from usermind.memory.concepts import Attribute, Concept, Relation
from usermind.memory.entities import Entity
from usermind.memory.item_events import Exposure, ItemEvent
from usermind.memory.journal import Draft, Observation, Receipt
from usermind.memory.mutes import Mute
from usermind.memory.patience import Patience
from usermind.memory.privacy.policy import Policy, Rule
from usermind.memory.profiles import Profile
from usermind.memory.propositions import Evidence, Explanation, Proposition, Version
from usermind.memory.quarantine import Quarantined
from usermind.memory.recall import Recollection
from usermind.memory.receipt import DeletionReceipt
from usermind.memory.spend import Budget, Spend
from usermind.memory.store import ReflectionReport, Store
from usermind.memory.suggestion_rows import Suggestion
from usermind.memory.suggestions import Considered, Reckoning
from usermind.memory.user import UserMemory
from usermind.memory.vectors import DegradedRecallWarning

__all__ = [
    "Attribute",
    "Budget",
    "Candidate",
    "Concept",
    "ConceptDoor",
    "Considered",
    "DegradedRecallWarning",
    "DeletionReceipt",
    "Draft",
    "Entity",
    "Evidence",
    "Explanation",
    "Exposure",
    "ItemEvent",
    "Moment",
    "Mute",
    "Observation",
    "Patience",
    "Policy",
    "Profile",
    "Proposition",
    "Quarantined",
    "Receipt",
    "Reckoning",
    "Recollection",
    "ReflectionReport",
    "Relation",
    "Rule",
    "Spend",
    "Store",
    "Suggestion",
    "UserMemory",
    "Version",
]
