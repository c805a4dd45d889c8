#include "config/draft07.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace patchbay::config {

namespace {

constexpr const char* schema_remedy = "correct the plugin's settings.schema.json: JSON Schema draft-07";

void read_schema(const nlohmann::json& json, valijson::Schema& schema) {
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(json), schema);
}

}  // namespace

Status accepts_schema(const nlohmann::json& json) {
  try {
    valijson::Schema schema;
    read_schema(json, schema);
    return {};
  } catch (const std::exception& error) {
    return failure(ErrorCode::invalid, std::string("reading the settings schema: ") + error.what(), schema_remedy);
  }
}

Status validate(const nlohmann::json& schema_json, const nlohmann::json& settings) {
  try {
    valijson::Schema schema;
    read_schema(schema_json, schema);
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    valijson::ValidationResults results;
    if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(settings), &results)) return {};
    valijson::ValidationResults::Error error;
    return failure(ErrorCode::invalid, results.popError(error) ? error.description : "not valid");
  } catch (const std::exception& error) {
    return failure(ErrorCode::invalid, std::string("checking against the settings schema: ") + error.what(),
                   schema_remedy);
  }
}

}  // namespace patchbay::config
