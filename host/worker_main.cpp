// patchbay-worker: the process in which the plugin of a channel or destination runs. Started by the gateway only.
#include "worker/serve.hpp"

int main() { patchbay::worker::serve(); }
