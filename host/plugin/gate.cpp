#include "plugin/gate.hpp"

#include "base/digest.hpp"
#include "plugin/host_table.hpp"
#include "plugin/manifest.hpp"

#include <algorithm>

namespace patchbay::plugin {
namespace {

constexpr std::uint64_t most_text = 1u << 20;       // of manifest and schema
constexpr std::uint64_t most_library = 256u << 20;  // with OCR and its like linked in, and room to spare

std::string version_text(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// Names out of a file, for a message: a few, short, and printable.
std::string shown(std::string_view name) {
  std::string text;
  for (const char character : name.substr(0, 80)) text += character > 0x20 && character < 0x7f ? character : '?';
  return text;
}

Status judge_exports(const std::vector<std::string>& exports) {
  if (std::find(exports.begin(), exports.end(), PATCHBAY_ENTRY) == exports.end())
    return failure(ErrorCode::invalid, "it does not export " PATCHBAY_ENTRY,
                   "end the plugin with PATCHBAY_CONNECTOR or PATCHBAY_SINK, or define the entry with PATCHBAY_EXPORT");
  std::string others;
  std::size_t count = 0;
  for (const std::string& name : exports) {
    if (name == PATCHBAY_ENTRY || ++count > 5) continue;
    others += (others.empty() ? "" : ", ") + shown(name);
  }
  if (count == 0) return {};
  if (count > 5) others += " and " + std::to_string(count - 5) + " more";
  return failure(ErrorCode::invalid, "it exports more than its entry: " + others,
                 "build it with patchbay_add_plugin, or link it with the SDK's plugin.map, so that nothing of it can "
                 "replace a part of another");
}

Status judge_version(const Note& note, const HostAbi& host) {
  const std::string own = version_text(host.major, host.minor);
  const std::string built = "built for version " + version_text(note.abi_major, note.abi_minor) +
                            " of the plugin interface, and this host has " + own;
  if (note.abi_major > host.major)
    return failure(ErrorCode::invalid, "it is " + built + ", an older major version",
                   "update Patchbay, or install an older release of the plugin");
  if (note.abi_major < host.major)
    return failure(ErrorCode::invalid, "it is " + built + ", a newer major version",
                   "install a newer release of the plugin");
  if (note.least_host_minor > host.minor)
    return failure(ErrorCode::invalid,
                   "it needs at least version " + version_text(note.abi_major, note.least_host_minor) +
                       " of the plugin interface, and this host has " + own,
                   "update Patchbay, or install an older release of the plugin");
  if (host.major > 0) return {};
  // Before 1.0 the minor version is the compatibility number.
  if (note.abi_minor > host.minor)
    return failure(ErrorCode::invalid, "it is " + built + ", an older minor version",
                   "update Patchbay, or install an older release of the plugin");
  if (note.abi_minor < host.oldest_minor)
    return failure(ErrorCode::invalid,
                   "it is " + built + ", which takes none before " + version_text(host.major, host.oldest_minor),
                   "install a newer release of the plugin, or build it again with a newer SDK");
  return {};
}

Status judge_note(const Note& note, const HostAbi& host) {
  if (note.magic != PATCHBAY_ABI_MAGIC)
    return failure(ErrorCode::invalid, "its Patchbay note has another magic number",
                   "write the note with PATCHBAY_NOTE of patchbay/abi.h");
  PATCHBAY_CHECK(judge_version(note, host));
  std::string missing;
  for (const std::string& extension : note.extensions) {
    if (std::find(host.extensions.begin(), host.extensions.end(), extension) != host.extensions.end()) continue;
    missing += (missing.empty() ? "" : ", ") + shown(extension);
  }
  if (missing.empty()) return {};
  return failure(ErrorCode::invalid, "it needs what this host does not have: " + missing,
                 "update Patchbay, or install a release of the plugin that can do without");
}

Status judge_digest(std::span<const std::uint8_t> bytes, const Manifest& manifest) {
  const std::string found = hex(bytes_of(sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()})));
  if (found == manifest.sha256) return {};
  return failure(ErrorCode::invalid, "its SHA-256 is " + found + ", and the manifest says " + manifest.sha256,
                 "install the plugin again, all of its files together");
}

Status judge_bytes(const Descriptor& library, const Manifest& manifest) {
  const Mapping mapping = PATCHBAY_TRY(Mapping::of(library));
  Status digest = judge_digest(mapping.bytes(), manifest);
  Status inner = [&]() -> Status {
    const Library found = PATCHBAY_TRY(read_library(mapping.bytes()));
    return judge_library(found, host_abi());
  }();
  if (digest) return inner;
  // A damaged file fails both ways, and each of the reasons may be the one that helps.
  if (inner) return digest;
  return failure(ErrorCode::invalid, inner.error().reason + "; besides, " + digest.error().reason,
                 digest.error().remedy);
}

// Adds the file to what its reading failed with.
template <class T>
Result<T> naming(const std::string& file, Result<T> result) {
  if (!result) return failure(std::move(result.error()).while_doing("reading " + file));
  return result;
}

}  // namespace

HostAbi host_abi() {
  return {PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_OLDEST_MINOR, PATCHBAY_ABI_MINOR, host_extension_names()};
}

Status judge_library(const Library& library, const HostAbi& host) {
  PATCHBAY_CHECK(judge_exports(library.exports));
  if (library.notes.empty())
    return failure(ErrorCode::invalid, "it has no Patchbay note",
                   "end the plugin with PATCHBAY_CONNECTOR or PATCHBAY_SINK, or write PATCHBAY_NOTE in it");
  return judge_note(library.notes.front(), host);
}

Result<Admitted> pass_gate(const std::filesystem::path& folder) {
  const std::string manifest_text =
      PATCHBAY_TRY(naming("manifest.json", read_text(folder, "manifest.json", most_text)));
  Admitted admitted;
  admitted.plugin.folder = folder;
  admitted.plugin.manifest = PATCHBAY_TRY(naming("manifest.json", parse_manifest(manifest_text)));
  const Manifest& manifest = admitted.plugin.manifest;
  const std::string schema_name = "settings.schema.json";
  const std::string schema_text = PATCHBAY_TRY(naming(schema_name, read_text(folder, schema_name, most_text)));
  admitted.plugin.schema = PATCHBAY_TRY(naming(schema_name, parse_schema(schema_text)));
  admitted.library = PATCHBAY_TRY(naming(manifest.library, read_sealed(folder, manifest.library, most_library)));
  const Status judged = judge_bytes(admitted.library, manifest);
  if (!judged) return failure(Error(judged.error()).while_doing("reading " + manifest.library));
  return admitted;
}

}  // namespace patchbay::plugin
