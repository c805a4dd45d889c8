// The worker process: takes its setup from the host, confines itself, loads the plugin, and serves its instances with
// the very code that runs instances in the host.
//
// The host starts it with the socket as descriptor 3, the sealed library as 4, standard error a pipe that the host
// reads, an empty environment, and nothing else. Never returns: the process ends when the host closes the socket, or
// with a line on standard error and status 3 when something is wrong with what it was given. [load]
#pragma once

namespace patchbay::worker {

constexpr int socket_number = 3, library_number = 4, program_number = 5;

[[noreturn]] void serve();

}  // namespace patchbay::worker
