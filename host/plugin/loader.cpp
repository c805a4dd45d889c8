#include "plugin/loader.hpp"

#include <patchbay/bytes.hpp>

// Without this Boost.DLL wants Boost.Filesystem.
#define BOOST_DLL_USE_STD_FS
#include <dlfcn.h>
#include <fcntl.h>

#include <boost/dll/shared_library.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <string>

namespace patchbay::plugin {
namespace {

constexpr const char* ask_author = "tell the plugin's author";

tl::unexpected<Error> broken(std::string reason) { return failure(ErrorCode::invalid, std::move(reason), ask_author); }

// A table that the plugin returned for an extension. Its first function stands behind size and reserved.
template <class Table>
Status take(const pb_plugin& core, const char* id, std::optional<Table>& to) {
  const void* found = core.extension(bytes(id));
  if (found == nullptr) return {};
  to = read<Table>(found);
  // All that stands behind size and reserved are pointers to functions, and none may be missing.
  constexpr std::size_t count = (sizeof(Table) - 8) / sizeof(void*);
  std::array<void*, count> functions{};
  std::memcpy(functions.data(), reinterpret_cast<const std::uint8_t*>(&*to) + 8, sizeof functions);
  for (const void* function : functions)
    if (function == nullptr) return broken(std::string("its table ") + id + " lacks a function");
  return {};
}

Status check_core(const pb_plugin* table, const Manifest& manifest) {
  if (table == nullptr)
    return failure(ErrorCode::invalid, "it refuses to work with this host",
                   "update Patchbay, or install another release of the plugin");
  if (table->size < sizeof(pb_plugin))
    return broken("its table has " + std::to_string(table->size) + " bytes instead of " +
                  std::to_string(sizeof(pb_plugin)));
  if (table->abi_major != PATCHBAY_ABI_MAJOR || table->abi_minor > PATCHBAY_ABI_MINOR)
    return broken("its table is of version " + std::to_string(table->abi_major) + "." +
                  std::to_string(table->abi_minor) + ", unlike its note");
  if (table->extension == nullptr || table->open == nullptr || table->start == nullptr || table->complete == nullptr ||
      table->stop == nullptr || table->close == nullptr)
    return broken("its table lacks a function");
  constexpr const char* rebuild = "build it with patchbay_add_plugin, which takes both from the manifest";
  if (view(table->name) != manifest.name)
    return failure(ErrorCode::invalid,
                   "it calls itself \"" + std::string(view(table->name).substr(0, 80)) + "\", and the manifest \"" +
                       manifest.name + "\"",
                   rebuild);
  if (view(table->version) != manifest.version)
    return failure(ErrorCode::invalid,
                   "it is version \"" + std::string(view(table->version).substr(0, 80)) +
                       "\", and the manifest says \"" + manifest.version + "\"",
                   rebuild);
  return {};
}

Result<Functions> take_functions(const pb_plugin* table, const Manifest& manifest) {
  PATCHBAY_CHECK(check_core(table, manifest));
  Functions functions;
  functions.core = read<pb_plugin>(table);
  const pb_plugin& core = functions.core;
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_CHECK, functions.check));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_HTTP_ENDPOINT, functions.http_endpoint));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_POLL, functions.poll));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_RUN, functions.run));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_HTTP_CLIENT, functions.http_client));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_OAUTH2, functions.oauth2));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_STREAM, functions.stream));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_SEND, functions.send));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_REPLAY, functions.replay));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_SINK, functions.sink));
  PATCHBAY_CHECK(take(core, PATCHBAY_EXT_DELIVER, functions.deliver));
  if (manifest.kind == PluginKind::sink && !functions.sink && !functions.deliver)
    return broken("the manifest calls it a sink, and it offers neither " PATCHBAY_EXT_SINK
                  " nor " PATCHBAY_EXT_DELIVER);
  if (manifest.endpoint && !functions.http_endpoint)
    return broken("the manifest gives it an endpoint, and it does not offer " PATCHBAY_EXT_HTTP_ENDPOINT);
  return functions;
}

Result<pb_entry> find_entry(const std::string& path) {
  using boost::dll::load_mode::type;
  boost::dll::shared_library library(std::filesystem::path(path), type::rtld_now | type::rtld_local);
  const pb_entry entry = &library.get<const pb_plugin*(std::uint32_t, std::uint32_t)>(PATCHBAY_ENTRY);
  // Boost.DLL knows no load mode for it: from here on the library stays, also when `library` goes.
  if (::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) == nullptr)
    return failure(ErrorCode::internal, "keeping it loaded failed");
  return entry;
}

}  // namespace

bool Functions::offers(std::string_view extension) const {
  return (extension == PATCHBAY_EXT_CHECK && check) || (extension == PATCHBAY_EXT_HTTP_ENDPOINT && http_endpoint) ||
         (extension == PATCHBAY_EXT_POLL && poll) || (extension == PATCHBAY_EXT_RUN && run) ||
         (extension == PATCHBAY_EXT_HTTP_CLIENT && http_client) || (extension == PATCHBAY_EXT_OAUTH2 && oauth2) ||
         (extension == PATCHBAY_EXT_STREAM && stream) || (extension == PATCHBAY_EXT_SEND && send) ||
         (extension == PATCHBAY_EXT_REPLAY && replay) || (extension == PATCHBAY_EXT_SINK && sink) ||
         (extension == PATCHBAY_EXT_DELIVER && deliver);
}

Result<Functions> load(const Descriptor& library, const Manifest& manifest) {
  const std::string doing = "loading " + manifest.library;
  try {
    Descriptor kept(::fcntl(library.number(), F_DUPFD_CLOEXEC, 3));
    if (kept.number() < 0)
      return failure(ErrorCode::unavailable, doing + ": no descriptor is left", "raise the limit of open files");
    const pb_entry entry = PATCHBAY_TRY(find_entry("/proc/self/fd/" + std::to_string(kept.number())));
    // The dynamic linker recognises a library by its path, and the path of a descriptor that was closed would come
    // again for another library. So this one is never closed.
    static_cast<void>(kept.release());
    auto functions = take_table(entry(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR), manifest);
    if (!functions) return failure(std::move(functions.error()).while_doing(doing));
    return functions;
  } catch (const std::exception& error) {
    return failure(ErrorCode::invalid, doing + ": " + error.what(), "install the libraries that it needs");
  } catch (...) {
    return failure(ErrorCode::invalid, doing + ": its code threw something unknown", ask_author);
  }
}

Result<Functions> take_table(const pb_plugin* table, const Manifest& manifest) {
  try {
    return take_functions(table, manifest);
  } catch (...) {
    return broken("its code threw out of extension()");
  }
}

}  // namespace patchbay::plugin
