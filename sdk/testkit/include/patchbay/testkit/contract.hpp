// Whether a batch keeps what abi.h asks of it, as the host's intake checks it.
//
// Pure, any thread. Every mistake is one line of text that names the place; none means that the batch is well formed.
#pragma once

#include <patchbay/bytes.hpp>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace patchbay::testkit {

class BatchCheck {
 public:
  [[nodiscard]] static std::vector<std::string> mistakes(const pb_batch& batch) {
    BatchCheck check;
    check.all(batch);
    return std::move(check.mistakes_);
  }

 private:
  void all(const pb_batch& batch) {
    elements<pb_interaction>("interactions", batch.interactions, [this](const pb_interaction& value) {
      texts({{"account", value.account},
             {"region", value.region},
             {"external_id", value.external_id},
             {"conversation", value.conversation},
             {"in_reply_to", value.in_reply_to},
             {"language", value.language},
             {"subject", value.subject},
             {"text", value.text},
             {"original_type", value.original_type}});
      region(value.region);
      object(value.content);
      participants(value.participants);
      elements<pb_attachment>("attachments", value.attachments, [this](const pb_attachment& attachment) {
        texts({{"name", attachment.name}, {"media_type", attachment.media_type}, {"reference", attachment.reference}});
        if (attachment.sha256.length != 0 && attachment.sha256.length != 32)
          mistake("sha256", "expected 32 bytes or none, got " + std::to_string(attachment.sha256.length));
      });
    });
    elements<pb_fact>("facts", batch.facts, [this](const pb_fact& value) {
      texts({{"account", value.account},
             {"region", value.region},
             {"external_id", value.external_id},
             {"text", value.text},
             {"original_type", value.original_type}});
      required("target", value.target);
      region(value.region);
      object(value.content);
      participants(value.participants);
      if ((value.kind == PB_FACT_RECEIPT) != (value.receipt != PB_RECEIPT_NONE))
        mistake("receipt", "expected one with a fact of kind receipt, and only there");
    });
    elements<pb_notice>("notices", batch.notices, [this](const pb_notice& value) {
      texts({{"account", value.account}, {"external_id", value.external_id}});
      required("kind", value.kind);
      required("text", value.text);
      object(value.content);
    });
    elements<pb_consent>("consents", batch.consents, [this](const pb_consent& value) {
      texts({{"account", value.account}});
      required("category", value.category);
      region(value.region);
      object(value.content);
      participants(value.participants);
      if (value.participants.count != 1)
        mistake("participants", "expected one, got " + std::to_string(value.participants.count));
    });
    elements<pb_quarantine>("quarantines", batch.quarantines, [this](const pb_quarantine& value) {
      texts({{"media_type", value.media_type}, {"remedy", value.remedy}});
      required("reason", value.reason);
    });
    elements<pb_state>("states", batch.states, [this](const pb_state& value) {
      required("key", value.key);
      if (value.value.length > 64 * 1024)
        mistake("value", "expected at most 64 KiB, got " + std::to_string(value.value.length) + " bytes");
    });
    elements<pb_http_response>("answers", batch.answers, [this](const pb_http_response& value) {
      if (value.status < 200 || value.status > 599)
        mistake("status", "expected 200 to 599, got " + std::to_string(value.status));
    });
    if (batch.answers.count > 1) mistake("answers", "expected at most one, got " + std::to_string(batch.answers.count));
  }

  void participants(pb_list list) {
    elements<pb_participant>("participants", list, [this](const pb_participant& participant) {
      elements<pb_identifier>("identifiers", participant.identifiers, [this](const pb_identifier& identifier) {
        required("kind", identifier.kind);
        required("value", identifier.value);
        texts({{"scope", identifier.scope}});
      });
    });
  }

  struct Named {
    const char* name;
    pb_bytes value;
  };

  void texts(std::initializer_list<Named> all_of) {
    for (const Named& named : all_of) text(named.name, named.value);
  }

  void required(const char* name, pb_bytes value) {
    if (value.length == 0) mistake(name, "expected text, got nothing");
    text(name, value);
  }

  void text(const char* name, pb_bytes value) {
    if (value.length != 0 && value.data == nullptr) {
      mistake(name, "has a length and no data");
      return;
    }
    // The parser of JSON knows what is UTF-8 and what is not; text with a quote in it is no reason to ask it.
    try {
      (void)nlohmann::json(std::string(view(value))).dump();
    } catch (const nlohmann::json::exception&) {
      mistake(name, "is no UTF-8");
    }
  }

  void region(pb_bytes value) {
    if (value.length != 0 && value.length != 2)
      mistake("region", "expected ISO 3166-1 alpha-2, got " + std::string(view(value)));
  }

  void object(pb_bytes value) {
    if (value.length != 0 && !nlohmann::json::parse(view(value), nullptr, false).is_object())
      mistake("content", "is no JSON object");
  }

  template <class Struct, class Check>
  void elements(const char* name, pb_list list, Check check) {
    const std::size_t length = place_.size();
    if (list.count != 0 && (list.first == nullptr || list.stride < sizeof(std::uint32_t))) {
      mistake(name, "has elements and no memory for them");
      return;
    }
    std::uint32_t index = 0;
    each<Struct>(list, [&](const Struct& element) {
      place_ += std::string(place_.empty() ? "" : ".") + name + "[" + std::to_string(index++) + "]";
      if (element.size == 0) mistake("size", "is zero");
      check(element);
      place_.resize(length);
    });
  }

  void mistake(const char* name, const std::string& what) {
    mistakes_.push_back((place_.empty() ? "" : place_ + ".") + name + ": " + what);
  }

  std::string place_;
  std::vector<std::string> mistakes_;
};

}  // namespace patchbay::testkit
