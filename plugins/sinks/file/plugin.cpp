// The plugin's entry.
#include "file_sink.hpp"

PATCHBAY_DELIVERING_SINK(patchbay::file::FileSink)
