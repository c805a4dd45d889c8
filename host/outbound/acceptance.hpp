// From a request to the row that is queued: a part of queue.cpp.
//
// draft() finds out, on the queue's executor, to whom and from where the message goes; accept() decides inside the
// transaction, on the committer's thread, and may run again after a roll-back. An error of draft() is `invalid` or
// `not_found` and leaves nothing behind, not even the key.
#pragma once

#include "outbound/request.hpp"
#include "outbound/rules.hpp"

namespace patchbay::outbound {

// `sender` is that of the channel: of the interaction that is answered, or the one that the request names.
[[nodiscard]] Result<store::Outbound> draft(const Request& request, const Sender& sender,
                                            const std::optional<store::InteractionDetails>& answered);

// The row that stands under the request's key. `conflict` where it was another request's.
[[nodiscard]] Result<std::optional<store::Outbound>> accepted_before(store::Writer& writer, const Request& request);

// The new row.
[[nodiscard]] Result<store::Outbound> accept(store::Writer& writer, const Sender& sender, store::Outbound drafted,
                                             TimePoint now);

// Whether it was refused when it was accepted: then that is the answer under its key for ever.
[[nodiscard]] bool refused_at_once(const store::Outbound& outbound);

}  // namespace patchbay::outbound
