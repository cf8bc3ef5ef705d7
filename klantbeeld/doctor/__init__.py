"""`klantbeeld doctor`: looks at everything an installation needs, changes nothing, and names the mend of what is wrong."""

from klantbeeld.doctor.examination import examine
from klantbeeld.doctor.findings import Finding

__all__ = ["Finding", "examine"]
