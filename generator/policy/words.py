"""Evidence in a line of words, for reports that people read: layers count from 1, as on pages."""

from generator.policy.verdict import Evidence


def evidence_of(evidence: Evidence) -> str:
    """Return where a finding can be looked up: `layer 1 sha256:…, document sha256:…`; "" when there is nothing."""
    parts = []
    if evidence.path:
        parts.append(evidence.path)
    if evidence.layer is not None:
        parts.append(f"layer {evidence.layer + 1} {evidence.layer_digest}")
    if evidence.database_date:
        parts.append(f"database of {evidence.database_date}")
    if evidence.document:
        parts.append(f"document {evidence.document}")
    return ", ".join(parts)
