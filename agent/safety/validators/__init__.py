"""The detectors of the output guard, gravest first. Importing this takes 3 s (guardrails-ai): only the loader does."""

from typing import Final

from agent.safety.validators.base import Detector
from agent.safety.validators.crisis_in_generated import CrisisInGenerated
from agent.safety.validators.delusion_agreement import DelusionAgreement
from agent.safety.validators.dependence import Dependence
from agent.safety.validators.diagnosis import Diagnosis
from agent.safety.validators.eating_disorder_praise import EatingDisorderPraise
from agent.safety.validators.false_handover import FalseHandover
from agent.safety.validators.first_person_confusion import FirstPersonConfusion
from agent.safety.validators.gibberish import Gibberish
from agent.safety.validators.human_claim import HumanClaim
from agent.safety.validators.links_and_numbers import LinksAndNumbers
from agent.safety.validators.medicine_advice import MedicineAdvice
from agent.safety.validators.method_detail import MethodDetail
from agent.safety.validators.no_suicide_contract import NoSuicideContract
from agent.safety.validators.phrases import Reading, plain
from agent.safety.validators.prompt_leakage import PromptLeakage
from agent.safety.validators.secrecy import Secrecy
from agent.safety.validators.toxic_tone import ToxicTone
from agent.safety.validators.unsafe_encouragement import UnsafeEncouragement

#: In the order their reasons are reported; the first one chooses the continuation.
DETECTORS: Final[tuple[type[Detector], ...]] = (
    MethodDetail, UnsafeEncouragement, CrisisInGenerated, NoSuicideContract, FalseHandover, MedicineAdvice, Diagnosis,
    DelusionAgreement, EatingDisorderPraise, HumanClaim, Secrecy, Dependence, ToxicTone, LinksAndNumbers, PromptLeakage,
    FirstPersonConfusion, Gibberish,
)  # fmt: skip

__all__ = ["DETECTORS", "Detector", "Reading", "plain"]
