"""Import of complaints from a file, and export of a partner's cases. Both are clients of the interface: they
use a partner's key and need no access to the stack."""
