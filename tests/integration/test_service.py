"""The systemd unit: accepted by systemd, closed to the machine, and starting a node that reports to its manager."""

import re
import shutil
import subprocess
from pathlib import Path

UNIT = Path(__file__).parents[2] / "scripts" / "systemd" / "p2pchain.service"
EXPOSURE_MAX = 1.5  # of 10, as `systemd-analyze security` counts
MANNERS = ("Type=notify", "Restart=on-failure", "WatchdogSec=", "DynamicUser=yes", "StateDirectory=p2pchain")
HARDENING = """
CapabilityBoundingSet AmbientCapabilities LockPersonality MemoryDenyWriteExecute NoNewPrivileges
PrivateDevices PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome
ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem
RemoveIPC RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID
SystemCallArchitectures SystemCallErrorNumber SystemCallFilter UMask LimitNOFILE MemoryMax TasksMax
""".split()


def faults(text: str) -> list[str]:
    """What is wrong with a unit by rules that need no systemd."""
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "["))]
    missing = [manner for manner in MANNERS if not any(line.startswith(manner) for line in lines)]
    missing += [name for name in HARDENING if not any(line.startswith(f"{name}=") for line in lines)]
    odd = [line for line in lines if not re.match(r"[A-Z][A-Za-z]+=", line)]
    sections = re.findall(r"^\[(\w+)\]$", text, re.MULTILINE)
    return missing + odd + ([] if sections == ["Unit", "Service", "Install"] else [f"sections {sections}"])


def test_the_unit_has_the_manners_of_a_service() -> None:
    assert faults(UNIT.read_text()) == []


def test_a_unit_without_manners_is_found() -> None:
    text = UNIT.read_text()
    assert faults(text.replace("Type=notify", "Type=simple")) == ["Type=notify"]
    assert faults(text.replace("ProtectHome=yes\n", "")) == ["ProtectHome"]
    assert faults(text.replace("ProtectHome=yes", "ProtectHome=yes\nprotect more")) == ["protect more"]
    assert faults(text.replace("[Install]", "")) == ["sections ['Unit', 'Service']"]


def test_systemd_has_nothing_to_say_against_it() -> None:
    # Where the tool is not installed, the rules above are what there is.
    if tool := shutil.which("systemd-analyze"):
        done = subprocess.run([tool, "verify", str(UNIT)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
        scored = [tool, "security", "--offline=true", "--no-pager", str(UNIT)]
        report = subprocess.run(scored, capture_output=True, text=True, check=False).stdout
        found = re.search(r"exposure level for \S+: ([\d.]+)", report)
        assert found, report
        assert float(found[1]) <= EXPOSURE_MAX
