#include "html_text.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

TEST(ImapHtmlText, ReadsWhatAPersonWouldRead) {
  struct Case {
    const char* html;
    const char* text;
  };
  for (const Case& c : {
           Case{"<p>Buongiorno,</p><p>il mio&nbsp;ordine &egrave; <b>rotto</b>.</p>",
                "Buongiorno,\n\nil mio ordine è rotto."},
           Case{"<html><head><title>x</title><style>p{a:b}</style></head><body>a\r\n  b</body>", "a b"},
           Case{"<div>a<br>b<br/><br>c</div>", "a\nb\n\nc"},
           Case{"<ul><li>one</li><li>two</li></ul>", "- one\n- two"},
           Case{"yes<blockquote><div>no?</div><blockquote>maybe</blockquote></blockquote>so",
                "yes\n> no?\n>> maybe\nso"},
           Case{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
           Case{"1 < 2 &amp; 3 > 2 &unknown; &#8364; &#x20AC; &#xD800;", "1 < 2 & 3 > 2 &unknown; € € \xEF\xBF\xBD"},
           Case{"<a href=\"x>y\" title='<b>'>link</a><!-- <p>hidden --> end", "link end"},
           Case{"<script>alert('</p>')</script>after", "after"},
           Case{"<style>never closed", ""},
           Case{"<pre>a\n  b</pre>", "a\nb"},
           Case{"", ""},
           Case{"<p", "<p"},
           Case{"</blockquote></blockquote>a", "a"},
       }) {
    EXPECT_EQ(text_of_html(c.html), c.text) << c.html;
  }
}

TEST(ImapHtmlText, CostsNoMoreThanItsLength) {
  std::string deep, open;
  for (int i = 0; i < 50'000; ++i) {
    deep += "<blockquote>";
    open += "<";
  }
  EXPECT_EQ(text_of_html(deep + "a").size(), 32U + 2U);
  EXPECT_EQ(text_of_html(open).size(), open.size());
  for (const char* const piece : {"<p ", "<p a=\"", "<head>", "</", "&#x", "<!", "<a='>"}) {
    std::string many;
    while (many.size() < 100'000) many += piece;
    EXPECT_LE(text_of_html(many + ">").size(), many.size() + 1) << piece;
  }
}

}  // namespace
}  // namespace patchbay::imap
