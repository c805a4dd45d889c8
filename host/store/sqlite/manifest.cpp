#include "store/sqlite/manifest.hpp"

#include "base/version.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace patchbay::store {

std::uint64_t Manifest::bytes() const {
  std::uint64_t sum = 0;
  for (const BackupFile& file : files) sum += file.size;
  return sum;
}

namespace sqlite {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t format = 1;
constexpr std::size_t digest_digits = 64;

bool is_digest(std::string_view text) {
  return text.size() == digest_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "patchbay.db", or "blobs/ab/" and the digest that begins with ab.
bool is_path(const BackupFile& file) {
  if (file.path == database_name) return true;
  return file.path == "blobs/" + file.sha256.substr(0, 2) + "/" + file.sha256;
}

struct Count {
  const char* name;
  std::int64_t Counts::*value;
};
constexpr Count all_counts[] = {{"contacts", &Counts::contacts},
                                {"interactions", &Counts::interactions},
                                {"events", &Counts::events},
                                {"deliveries_open", &Counts::deliveries_open},
                                {"deliveries_delivered", &Counts::deliveries_delivered},
                                {"dead_letters", &Counts::dead_letters},
                                {"quarantined", &Counts::quarantined},
                                {"parked", &Counts::parked}};

tl::unexpected<Error> damaged(const std::string& what) {
  return failure(ErrorCode::corrupt, "reading manifest.json of the backup: " + what, "restore an older backup");
}

Manifest manifest_from(const Json& json) {
  Manifest manifest;
  manifest.made_at = TimePoint{Duration{json.at("made_at_us").get<std::int64_t>()}};
  manifest.store_id = json.at("store").at("id").get<std::string>();
  manifest.schema = json.at("store").at("schema").get<std::int64_t>();
  for (const Count& count : all_counts)
    manifest.counts.*count.value = json.at("counts").at(count.name).get<std::int64_t>();
  for (const Json& file : json.at("files"))
    manifest.files.push_back({file.at("path").get<std::string>(), file.at("size").get<std::uint64_t>(),
                              file.at("sha256").get<std::string>()});
  return manifest;
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  Json counts = Json::object(), files = Json::array();
  for (const Count& count : all_counts) counts[count.name] = manifest.counts.*count.value;
  for (const BackupFile& file : manifest.files)
    files.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
  const Json json = {{"format", format},
                     {"made_at", rfc3339(manifest.made_at)},
                     {"made_at_us", manifest.made_at.time_since_epoch().count()},
                     {"made_by", std::string("patchbay ") + version},
                     {"store", {{"id", manifest.store_id}, {"schema", manifest.schema}}},
                     {"counts", std::move(counts)},
                     {"files", std::move(files)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Manifest> read_manifest(std::string_view text) try {
  const Json json = Json::parse(text);
  if (const auto found = json.at("format").get<std::int64_t>(); found != format)
    return failure(ErrorCode::invalid,
                   "reading manifest.json of the backup: expected format 1, found " + std::to_string(found),
                   "restore it with the Patchbay that made it, or a newer one");
  Manifest manifest = manifest_from(json);
  if (manifest.files.empty() || manifest.files.front().path != database_name)
    return damaged("expected patchbay.db as the first of its files");
  for (const BackupFile& file : manifest.files) {
    if (!is_digest(file.sha256)) return damaged("expected a SHA-256 of " + file.path + ", found " + file.sha256);
    if (!is_path(file)) return damaged("expected patchbay.db or a file below blobs/, found " + file.path);
  }
  return manifest;
} catch (const Json::exception& error) {
  return damaged(error.what());
}

}  // namespace sqlite

}  // namespace patchbay::store
