// The plugin's entry.
#include "imap.hpp"

PATCHBAY_CONNECTOR(patchbay::imap::Imap,
                   PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_STREAM " " PATCHBAY_EXT_STATE " " PATCHBAY_EXT_CLOCK
                                       " " PATCHBAY_EXT_SECRETS " " PATCHBAY_EXT_ATTACHMENTS)
