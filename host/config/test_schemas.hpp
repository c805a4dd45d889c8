// Small settings schemas for the tests: enough to load the sample of DESIGN.md.
#pragma once

#include "config/settings.hpp"

#include <map>
#include <string>

namespace patchbay::config::testing {

inline const std::map<std::string, nlohmann::json, std::less<>>& connectors() {
  using nlohmann::json;
  static const std::map<std::string, json, std::less<>> schemas{
      {"postal_scan", json::parse(R"({"type": "object", "required": ["folder"], "properties": {
          "folder": {"type": "string"},
          "languages": {"type": "array", "items": {"type": "string"}, "uniqueItems": true, "default": ["eng"]}}})")},
      {"imap", json::parse(R"({"type": "object", "additionalProperties": false, "required": ["user"], "properties": {
          "preset": {"enum": ["microsoft365", "gmail", "other"]},
          "host": {"type": "string", "description": "the mail server's name", "pattern": "^[a-z0-9.-]+$"},
          "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 993},
          "user": {"type": "string"},
          "password": {"$ref": "#/definitions/secret"},
          "start": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-01-31"]},
          "idle": {"type": "boolean", "default": true},
          "login": {"oneOf": [
            {"type": "string"},
            {"type": "object", "required": ["client"], "properties": {"client": {"type": "string"}}}]},
          "folders": {"type": "object", "default": {}, "properties": {
            "inbound": {"type": "array", "items": {"type": "string"}, "default": ["INBOX"]},
            "outbound": {"type": "array", "items": {"type": "string"}}}}},
          "definitions": {"secret": {"type": "string", "x-patchbay-secret": true, "minLength": 4}}})")},
      {"sms", json::parse(R"({"type": "object", "required": ["provider", "token"], "properties": {
          "provider": {"type": "string"}, "region": {"type": "string"},
          "token": {"type": "string", "x-patchbay-secret": true}}})")},
      {"whatsapp", json::parse(R"({"type": "object", "required": ["portfolio", "app_secret", "numbers"],
          "properties": {
            "portfolio": {"type": "string"},
            "app_secret": {"type": "string", "x-patchbay-secret": true},
            "token": {"type": "string", "x-patchbay-secret": true},
            "numbers": {"type": "object", "additionalProperties": {"type": "object", "required": ["id"], "properties": {
              "id": {"type": "string"}, "region": {"type": "string"},
              "pin": {"type": "string", "x-patchbay-secret": true},
              "label": {"type": "string", "default": "main"}}}}}})")}};
  return schemas;
}

inline const std::map<std::string, nlohmann::json, std::less<>>& sinks() {
  using nlohmann::json;
  static const std::map<std::string, json, std::less<>> schemas{
      {"odoo", json::parse(R"({"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}})")},
      {"webhook", json::parse(R"({"type": "object", "required": ["url", "keys"], "properties": {
          "url": {"type": "string", "pattern": "^https?://"},
          "keys": {"type": "array", "minItems": 1, "items": {"type": "string", "x-patchbay-secret": true}}}})")}};
  return schemas;
}

inline Schemas schemas() {
  Schemas all;
  all.connector = [](std::string_view name) -> const nlohmann::json* {
    const auto found = connectors().find(name);
    return found == connectors().end() ? nullptr : &found->second;
  };
  all.sink = [](std::string_view name) -> const nlohmann::json* {
    const auto found = sinks().find(name);
    return found == sinks().end() ? nullptr : &found->second;
  };
  for (const auto& [name, schema] : connectors()) all.connector_names.push_back(name);
  for (const auto& [name, schema] : sinks()) all.sink_names.push_back(name);
  return all;
}

}  // namespace patchbay::config::testing
