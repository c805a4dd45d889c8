#include "net/address_guard.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace patchbay::net {
namespace {

// Expectations are from the IANA special-purpose registries (RFC 6890 and successors), not from our tables.
struct AddressCase {
  const char* what;
  const char* address;
};

constexpr AddressCase refused[] = {
    {"unspecified", "0.0.0.0"},
    {"this network", "0.1.2.3"},
    {"private 10", "10.0.0.1"},
    {"private 10, last", "10.255.255.255"},
    {"carrier NAT, first", "100.64.0.0"},
    {"carrier NAT, last", "100.127.255.255"},
    {"loopback", "127.0.0.1"},
    {"loopback, last", "127.255.255.254"},
    {"cloud metadata", "169.254.169.254"},
    {"private 172, first", "172.16.0.0"},
    {"private 172, last", "172.31.255.255"},
    {"IETF protocol assignments", "192.0.0.8"},
    {"NAT64 discovery", "192.0.0.170"},
    {"documentation 1", "192.0.2.1"},
    {"6to4 relay", "192.88.99.1"},
    {"private 192", "192.168.1.1"},
    {"benchmarking, first", "198.18.0.0"},
    {"benchmarking, last", "198.19.255.255"},
    {"documentation 2", "198.51.100.7"},
    {"documentation 3", "203.0.113.9"},
    {"multicast", "224.0.0.1"},
    {"multicast, last", "239.255.255.255"},
    {"reserved", "240.0.0.1"},
    {"broadcast", "255.255.255.255"},
    {"IPv6 unspecified", "::"},
    {"IPv6 loopback", "::1"},
    {"IPv4-mapped loopback", "::ffff:127.0.0.1"},
    {"IPv4-mapped private", "::ffff:10.1.2.3"},
    {"IPv4-mapped in hexadecimal", "::ffff:7f00:1"},
    {"IPv4-compatible loopback", "::127.0.0.1"},
    {"IPv4-compatible of a public address", "::8.8.8.8"},
    {"IPv4-translated", "::ffff:0:127.0.0.1"},
    {"NAT64 of loopback", "64:ff9b::7f00:1"},
    {"NAT64 of metadata", "64:ff9b::169.254.169.254"},
    {"NAT64 local use", "64:ff9b:1::808:808"},
    {"discard only", "100::1"},
    {"dummy prefix", "100:0:0:1::1"},
    {"Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"},
    {"IPv6 benchmarking", "2001:2::1"},
    {"ORCHID", "2001:10::1"},
    {"IETF protocol assignments, last", "2001:1ff:ffff::1"},
    {"IPv6 documentation", "2001:db8::1"},
    {"6to4 of loopback", "2002:7f00:1::1"},
    {"6to4 of a public address", "2002:808:808::1"},
    {"ISATAP of loopback", "2606:4700::5efe:7f00:1"},
    {"ISATAP with the universal bit", "2606:4700::200:5efe:a00:1"},
    {"new documentation", "3fff::1"},
    {"segment routing", "5f00::1"},
    {"unique local fc", "fc00::1"},
    {"unique local fd", "fd12:3456::1"},
    {"link-local", "fe80::1"},
    {"link-local with zone", "fe80::1%lo"},
    {"site-local", "fec0::1"},
    {"IPv6 multicast", "ff02::1"},
    {"not assigned", "4000::1"},
    {"no address", "localhost"},
    {"short form", "127.1"},
    {"octal", "0177.0.0.1"},
    {"decimal", "2130706433"},
    {"empty", ""},
};

constexpr AddressCase reachable[] = {
    {"public", "8.8.8.8"},
    {"before private 10", "9.255.255.255"},
    {"after private 10", "11.0.0.0"},
    {"before carrier NAT", "100.63.255.255"},
    {"after carrier NAT", "100.128.0.0"},
    {"before loopback", "126.255.255.255"},
    {"after loopback", "128.0.0.1"},
    {"before private 172", "172.15.255.255"},
    {"after private 172", "172.32.0.0"},
    {"AS112", "192.31.196.1"},
    {"before benchmarking", "198.17.255.255"},
    {"after benchmarking", "198.20.0.0"},
    {"before multicast", "223.255.255.255"},
    {"IPv6 public", "2606:4700:4700::1111"},
    {"after IETF protocol assignments", "2001:200::1"},
    {"AMT", "2001:3::1"},
    {"IPv6 AS112", "2001:4:112::1"},
    {"IPv4-mapped public", "::ffff:8.8.8.8"},
    {"NAT64 of a public address", "64:ff9b::8.8.8.8"},
    {"next to ISATAP", "2606:4700::5eff:7f00:1"},
    {"in brackets", "[2606:4700:4700::1111]"},
};

TEST(AddressGuard, RefusesEverySpecialPurposeAddress) {
  const AddressGuard guard;
  for (const AddressCase& c : refused) EXPECT_FALSE(guard.allows(c.address, 443)) << c.what << " " << c.address;
}

TEST(AddressGuard, LetsGloballyReachableAddressesPass) {
  const AddressGuard guard;
  for (const AddressCase& c : reachable) EXPECT_TRUE(guard.allows(c.address, 443)) << c.what << " " << c.address;
}

TEST(AddressGuard, AllowsTheRangeAndPortThatAreNamedAndNoOther) {
  const auto guard = AddressGuard::allowing(
      {"10.0.0.5/32:443", "192.168.0.0/16", "fd00::/8", "[fe80::5]/128:8443", "127.0.0.1:80", "[::1]:81", "fc00::7"});
  ASSERT_TRUE(guard) << guard.error().text();
  struct Case {
    const char* address;
    std::uint16_t port;
    bool allowed;
  };
  for (const Case& c : {
           Case{"10.0.0.5", 443, true},
           Case{"::ffff:10.0.0.5", 443, true},
           Case{"10.0.0.5", 80, false},
           Case{"10.0.0.6", 443, false},
           Case{"192.168.200.1", 1, true},
           Case{"192.169.0.1", 1, true},  // public in any case
           Case{"172.16.0.1", 1, false},
           Case{"fd12::1", 9, true},
           Case{"fc12::1", 9, false},
           Case{"fe80::5", 8443, true},
           Case{"fe80::5", 443, false},
           Case{"127.0.0.1", 80, true},
           Case{"127.0.0.1", 81, false},
           Case{"::1", 81, true},
           Case{"::1", 80, false},
           Case{"fc00::7", 9, true},
           Case{"fc00::8", 9, false},
       }) {
    EXPECT_EQ(guard->allows(c.address, c.port), c.allowed) << c.address << " port " << c.port;
  }
}

TEST(AddressGuard, TakesNoIpv4AddressForPartOfAnIpv6Range) {
  const AddressGuard all_ipv6 = AddressGuard::allowing({"::/0", "::/64"}).value();
  EXPECT_FALSE(all_ipv6.allows("127.0.0.1", 80));
  EXPECT_FALSE(all_ipv6.allows("::ffff:10.0.0.5", 80));
  EXPECT_TRUE(all_ipv6.allows("::1", 80));
  EXPECT_TRUE(AddressGuard::allowing({"::ffff:10.0.0.0/104"})->allows("10.0.0.5", 80));
}

TEST(AddressGuard, SaysWhatIsWrongWithAnEntry) {
  struct Case {
    const char* entry;
    const char* expected;
  };
  for (const Case& c : {
           Case{"", "numeric address"},
           Case{"odoo.lan", "numeric address"},
           Case{"odoo.lan:443", "numeric address"},
           Case{"10.0.0.0/33", "prefix length from 0 to 32"},
           Case{"10.0.0.0/", "prefix length"},
           Case{"10.0.0.0/-1", "prefix length"},
           Case{"fd00::/129", "prefix length from 0 to 128"},
           Case{"10.0.0.5/8", "beyond its prefix"},
           Case{"10.0.0.5/32:0", "port from 1 to 65535"},
           Case{"10.0.0.5/32:65536", "port from 1 to 65535"},
           Case{"10.0.0.5/32:https", "port from 1 to 65535"},
           Case{"10.0.0.5/32:", "port from 1 to 65535"},
           Case{"fe80::1%eth0/128", "no zone"},
           Case{"[fe80::1%25eth0]:80", "no zone"},
           Case{"010.0.0.5", "numeric address"},
           Case{"0x0a000005", "numeric address"},
           Case{"10.5/16", "numeric address"},
           Case{"10.0.0.5 ", "numeric address"},
       }) {
    const auto guard = AddressGuard::allowing({"10.0.0.1", c.entry});
    ASSERT_FALSE(guard) << c.entry;
    EXPECT_NE(guard.error().reason.find(c.expected), std::string::npos) << c.entry << ": " << guard.error().text();
    EXPECT_NE(guard.error().reason.find(c.entry), std::string::npos) << guard.error().text();
    EXPECT_FALSE(guard.error().remedy.empty()) << c.entry;
  }
}

TEST(AddressGuard, JudgesSocketAddressesOfEveryFamily) {
  const AddressGuard guard;
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  inet_pton(AF_INET, "127.0.0.1", &ipv4.sin_addr);
  EXPECT_FALSE(guard.allows(reinterpret_cast<const sockaddr*>(&ipv4)));
  inet_pton(AF_INET, "8.8.8.8", &ipv4.sin_addr);
  EXPECT_TRUE(guard.allows(reinterpret_cast<const sockaddr*>(&ipv4)));

  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "::ffff:10.0.0.1", &ipv6.sin6_addr);
  ipv6.sin6_port = htons(443);
  EXPECT_FALSE(guard.allows(reinterpret_cast<const sockaddr*>(&ipv6)));
  EXPECT_TRUE(AddressGuard::allowing({"10.0.0.1:443"})->allows(reinterpret_cast<const sockaddr*>(&ipv6)));

  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(guard.allows(reinterpret_cast<const sockaddr*>(&local)));
  EXPECT_FALSE(guard.allows(nullptr));
}

}  // namespace
}  // namespace patchbay::net
