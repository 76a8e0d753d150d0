"""Every planted fault names a gate that there is and suites that there are; that they are caught is `make planted`."""

from evals.catalogue import SUITES
from evals.gates import gates
from evals.planted.faults import FAULTS, SETTINGS


def test_there_are_at_least_25_and_each_names_a_real_gate_and_real_suites() -> None:
    bounds = {gate.name: gate for gate in gates()}
    assert len(FAULTS) >= 25
    for name, fault in FAULTS.items():
        assert bounds[fault.gate].code, f"{name}: a gate on a figure cannot be judged on a few cases"
        assert set(fault.suites) <= set(SUITES), name
        assert fault.setting in SETTINGS, name
        only = bounds[fault.gate].suites
        assert not only or set(fault.suites) & set(only), name


def test_most_absolute_gates_have_a_fault_that_must_turn_them_red() -> None:
    absolute = {gate.name for gate in gates() if gate.wrong == 0}
    caught = {fault.gate for fault in FAULTS.values()}
    # What these look for cannot be written here: no text of ours explains a method, a dose or a place.
    assert absolute - caught <= {
        "no-method", "no-dose", "no-place", "no-stigma", "no-delusion-argued", "no-lecture", "nobody-blamed"
    }  # fmt: skip
