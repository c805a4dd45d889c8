// The plugin's entry.
#include "webhook.hpp"

PATCHBAY_SINK(patchbay::webhook::Webhook, PATCHBAY_EXT_SINK " " PATCHBAY_EXT_SECRETS)
