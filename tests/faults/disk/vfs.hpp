// The disk's half that SQLite sees.
#pragma once

namespace patchbay::faults {

class Disk;

// Becomes SQLite's default VFS, over the one that was. The disk outlives all databases.
void register_vfs(Disk& disk);

}  // namespace patchbay::faults
