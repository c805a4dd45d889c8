#include "net/http_url.hpp"

#include <gtest/gtest.h>

namespace patchbay::net {
namespace {

TEST(HttpUrl, TellsWhoseHostAUrlNames) {
  struct Case {
    const char* url;
    HttpScheme scheme;
    const char* host;
    std::uint16_t port;
  };
  for (const Case& c : {
           Case{"https://desk.example/in?x=1#y", HttpScheme::https, "desk.example", 443},
           Case{"http://desk.example", HttpScheme::http, "desk.example", 80},
           Case{"HTTPS://Desk.EXAMPLE:8443/In", HttpScheme::https, "desk.example", 8443},
           Case{"http://desk.example:/in", HttpScheme::http, "desk.example", 80},  // RFC 3986, 3.2.3
           Case{"http://10.0.0.5:8069/", HttpScheme::http, "10.0.0.5", 8069},
           Case{"http://[2001:DB8::1]:65535/", HttpScheme::http, "[2001:db8::1]", 65535},
           Case{"http://[fe80::1%25eth0]/", HttpScheme::http, "[fe80::1%25eth0]", 80},
           Case{"http://desk.example?x", HttpScheme::http, "desk.example", 80},
           Case{"http://desk.example#x", HttpScheme::http, "desk.example", 80},
           Case{"http://desk.example/@evil.example", HttpScheme::http, "desk.example", 80},
           Case{"http://desk.example?@evil.example/", HttpScheme::http, "desk.example", 80},
           Case{"http://desk.example#@evil.example/", HttpScheme::http, "desk.example", 80},
           Case{"http://odoo_web.:80/", HttpScheme::http, "odoo_web.", 80},
           Case{"http://2130706433/", HttpScheme::http, "2130706433", 80},
           Case{"http://0x7f.1/", HttpScheme::http, "0x7f.1", 80},
           Case{"http://xn--bro-hoa.example/", HttpScheme::http, "xn--bro-hoa.example", 80},
       }) {
    const auto url = HttpUrl::parse(c.url);
    ASSERT_TRUE(url) << c.url << ": " << url.error().text();
    EXPECT_EQ(url->scheme, c.scheme) << c.url;
    EXPECT_EQ(url->host, c.host) << c.url;
    EXPECT_EQ(url->port, c.port) << c.url;
  }
}

TEST(HttpUrl, RefusesWhatTwoReadersCouldTakeForTwoHosts) {
  struct Case {
    const char* what;
    std::string_view url;
    const char* expected;
  };
  for (const Case& c : {
           Case{"empty", "", "http:// nor https://"},
           Case{"no scheme", "desk.example/in", "http:// nor https://"},
           Case{"file", "file:///etc/passwd", "http:// nor https://"},
           Case{"gopher", "gopher://127.0.0.1:25/_x", "http:// nor https://"},
           Case{"ftp", "ftp://desk.example/", "http:// nor https://"},
           Case{"one slash", "http:/desk.example/", "http:// nor https://"},
           Case{"backslashes for slashes", "http:\\\\desk.example/", "http:// nor https://"},
           Case{"white space first", " http://desk.example/", "http:// nor https://"},
           Case{"no host", "http://", "no host"},
           Case{"three slashes", "http:///evil.example/", "no host"},
           Case{"port alone", "https://:443/", "no host"},
           Case{"user name", "http://user@desk.example/", "user name"},
           Case{"user name and password", "http://desk.example:80@127.0.0.1/", "user name"},
           Case{"user name that is a host", "http://desk.example;@127.0.0.1/", "user name"},
           Case{"user name behind a backslash", "http://desk.example\\@127.0.0.1/", "backslash"},
           Case{"backslash", "http://desk.example\\.evil.example/", "backslash"},
           Case{"backslash in the path", "http://desk.example/a\\b", "backslash"},
           Case{"line break", "http://desk.example/\r\nX: y", "control character"},
           Case{"tab in the host", "http://desk\t.example/", "white space"},
           Case{"tab in the scheme", "ht\ttp://desk.example/", "http:// nor https://"},
           Case{"NUL", {"http://desk.example\0.evil.example/", 34}, "control character"},
           Case{"DEL", "http://desk.example\x7f/", "control character"},
           Case{"percent-encoded dot", "http://127%2e0.0.1/", "percent sign"},
           Case{"percent-encoded slash", "http://desk.example%2f.evil.example/", "percent sign"},
           Case{"percent-encoded NUL", "http://desk.example%00.evil.example/", "percent sign"},
           Case{"international name", "http://b\xc3\xbcro.example/", "international name"},
           Case{"ideographic full stop",
                "http://desk\xe3\x80\x82"
                "example/",
                "international name"},
           Case{"fullwidth digit",
                "http://\xef\xbc\x91"
                "27.0.0.1/",
                "international name"},
           Case{"fullwidth solidus", "http://desk.example\xef\xbc\x8f.evil.example/", "international name"},
           Case{"comma", "http://desk.example,evil.example/", "character that no host name has"},
           Case{"bracket in a name", "http://desk[.example/", "character that no host name has"},
           Case{"IPv4 in brackets", "http://[127.0.0.1]/", "no IPv6 address"},
           Case{"future address", "http://[v1.x]/", "no IPv6 address"},
           Case{"brackets left open", "http://[::1/", "no IPv6 address"},
           Case{"text behind brackets", "http://[::1]evil.example/", "no IPv6 address"},
           Case{"IPv6 without brackets", "http://::1/", "no host"},
           Case{"two ports", "http://desk.example:80:81/", "port from 1 to 65535"},
           Case{"port 0", "http://desk.example:0/", "port from 1 to 65535"},
           Case{"port 65536", "http://desk.example:65536/", "port from 1 to 65535"},
           Case{"negative port", "http://desk.example:-80/", "port from 1 to 65535"},
           Case{"named port", "http://desk.example:http/", "port from 1 to 65535"},
       }) {
    const auto url = HttpUrl::parse(c.url);
    ASSERT_FALSE(url) << c.what << ": " << url->host;
    EXPECT_NE(url.error().reason.find(c.expected), std::string::npos) << c.what << ": " << url.error().text();
    EXPECT_FALSE(url.error().remedy.empty()) << c.what;
  }
}

TEST(HttpUrl, ShowsNothingOfWhatItRefuses) {
  for (const char* url : {"http://user:hunter2@desk.example/", "hunter2", "http://hunter2%/", "http://h:hunter2/"}) {
    const auto parsed = HttpUrl::parse(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().text().find("hunter2"), std::string::npos) << parsed.error().text();
  }
}

}  // namespace
}  // namespace patchbay::net
