// The plugin's entry.
#include "whatsapp.hpp"

PATCHBAY_CONNECTOR(patchbay::whatsapp::WhatsApp,
                   PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_ENDPOINT " " PATCHBAY_EXT_SECRETS " " PATCHBAY_EXT_CLOCK)
