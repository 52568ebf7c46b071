"""Writes expected.txt: texts and their values, by a parser of its own.

Run it as `python3 oracle/make_expected.py > oracle/expected.txt`.
"""

import random
import re
import struct
import sys

MAX_DEPTH = 512
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
SPACE = re.compile(r"[ \t\n\r]*")
PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
WORDS = {"null": "n", "false": "f", "true": "t"}


class Refused(Exception):
    pass


class Parser:
    """Gives values in the notation that src/verify.c prints."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def take(self, pattern):
        match = pattern.match(self.text, self.at)
        if match is None:
            raise Refused
        self.at = match.end()
        return match

    def next(self, expected):
        end = self.take(SPACE).end()
        if self.text[end : end + 1] != expected:
            return False
        self.at += 1
        return True

    def string(self):
        units = ESCAPE.sub(self.unescape, self.take(STRING)[1])
        try:
            # Pairs of surrogates become one character; one that is alone cannot be written.
            whole = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise Refused from None
        return "$" + whole.encode().hex()

    @staticmethod
    def unescape(match):
        return chr(int(match[1], 16)) if match[1] else PLAIN.get(match[2], match[2])

    def number(self):
        value = float(self.take(NUMBER)[0])
        if value in (float("inf"), float("-inf")):
            raise Refused
        return "#" + struct.pack(">d", value).hex()

    def value(self, depth):
        self.take(SPACE)
        first = self.text[self.at : self.at + 1]
        if first in ("[", "{"):
            return self.children(first, depth)
        if first == '"':
            return self.string()
        for word, told in WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return told
        return self.number()

    def children(self, opening, depth):
        if depth == MAX_DEPTH:
            raise Refused
        self.at += 1
        closing = {"[": "]", "{": "}"}[opening]
        if self.next(closing):
            return opening + closing
        parts = []
        while True:
            self.take(SPACE)
            key = ""
            if opening == "{":
                key = self.string()
                if not self.next(":"):
                    raise Refused
            parts.append(key + self.value(depth + 1) + ",")
            if self.next(","):
                continue
            if not self.next(closing):
                raise Refused
            return opening + "".join(parts) + closing


def expected(data):
    try:
        parser = Parser(data.decode("utf-8"))
        value = parser.value(0)
        if parser.take(SPACE).end() != len(parser.text):
            return "refused"
        return value
    except (Refused, UnicodeDecodeError):
        return "refused"


WRITTEN = [
    # Nothing, too much, space
    b"", b" ", b"null", b" \t\r\nnull \t\r\n", b"null null", b"null,", b"nul", b"nulll", b"NULL", b"true", b"false", b"tru", b"\x0bnull",
    b"\xc2\xa0null", b"\xef\xbb\xbfnull", b"null\x00", b"// no\n1", b"undefined",
    # Numbers
    b"0", b"-0", b"-0.0", b"00", b"01", b"-01", b"-", b"+1", b"1.", b".5", b"1.5", b"1e5", b"1E+5", b"1e-5", b"1e", b"1e+", b"1.e5", b"0x10", b"1_000",
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"1e-400", b"-1e-400", b"0e999999999", b"0e-999999999", b"1e309", b"1.7976931348623157e308",
    b"1.7976931348623158e308", b"1.7976931348623159e308", b"4.9e-324", b"2.4703282292062327e-324", b"2.4703282292062328e-324",
    b"2.2250738585072011e-308", b"2.2250738585072012e-308", b"2.2250738585072014e-308", b"9007199254740991", b"9007199254740992", b"9007199254740993",
    b"9007199254740993.0000000000000000000000000000000000001", b"9223372036854775807", b"18446744073709551615", b"18446744073709551616",
    b"123456789012345678901234567890", b"0.1", b"0.30000000000000004", b"1e22", b"1e23", b"8.5e22", b"8.5e23", b"6631236846766476e-316",
    b"3.237883913302901e-319", b"7.2057594037927933e16", b"1.00000000000000011102230246251565404236316680908203125",
    b"1.00000000000000011102230246251565404236316680908203124", b"1.00000000000000011102230246251565404236316680908203126",
    b"0." + b"0" * 400 + b"1", b"0." + b"0" * 300 + b"123456789" + b"0" * 300, b"1" + b"0" * 308, b"1" + b"0" * 309, b"1" * 800 + b"e-500",
    b"0.000001e6", b"100000000000000000000e-20", b"1 2", b"-a", b"1a", b"--1",
    # Strings
    b'""', b'"a"', b'"', b'"a', b"'a'", b'"\\"', b'"\\""', b'"\\\\"', b'"\\/\\b\\f\\n\\r\\t"', b'"\\a"', b'"\\x41"', b'"\\u0041"', b'"\\u00e9\\u20AC"',
    b'"\\u"', b'"\\u004"', b'"\\u004g"', b'"\\U0041"', b'"\\u0000"', b'"a\\u0000b"', b'"\\ud834\\udd1e"', b'"\\uD834\\uDD1E"', b'"\\ud834"', b'"\\udd1e"',
    b'"\\udd1e\\ud834"', b'"\\ud834x"', b'"\\ud834\\n"', b'"\\ud834\\ud834"', b'"\\ud834\\u0041"', b'"\\udbff\\udfff"', b'"\\uffff"', b'"\x00"', b'"\x1f"',
    b'"\n"', b'"\t"', b'"\x7f"', b'"\\\x00"', b'"\\', b'"\\u', b'"\xc3\xa9"', b'"\xe2\x82\xac"', b'"\xf0\x9d\x84\x9e"', b'"\xc3"', b'"\xc3', b'"\xe2\x82"', b'"\xf0\x9d\x84"',
    b'"\x80"', b'"\xbf"', b'"\xc0\x80"', b'"\xc1\xbf"', b'"\xc2\x80"', b'"\xdf\xbf"', b'"\xe0\x9f\xbf"', b'"\xe0\xa0\x80"', b'"\xed\x9f\xbf"', b'"\xed\xa0\x80"',
    b'"\xed\xbf\xbf"', b'"\xee\x80\x80"', b'"\xef\xbf\xbf"', b'"\xf0\x8f\xbf\xbf"', b'"\xf0\x90\x80\x80"', b'"\xf4\x8f\xbf\xbf"', b'"\xf4\x90\x80\x80"', b'"\xf5\x80\x80\x80"',
    b'"\xff"', b'"\xfe"', b'"\xe2\x28\xa1"', b'"' + b"x" * 15 + b'"', b'"' + b"x" * 16 + b'"', b'"' + b"x" * 31 + b'\xc3\xa9"', b'"' + b"x" * 63 + b'\\n"',
    b'"' + b"x" * 64 + b'\n"', b'"' + b"\xe2\x82\xac" * 40 + b'"', b'"' + b"y" * 5000 + b'"',
    # Arrays and objects
    b"[]", b"[ ]", b"[1]", b"[1,2]", b"[1,]", b"[,1]", b"[,]", b"[1 2]", b"[1", b"[", b"]", b"[1]]", b"[[]", b"[[],[[]]]", b"[1}", b"[ 1 , 2 ]",
    b"{}", b"{ }", b'{"a":1}', b'{"a" : 1 }', b'{"a":1,}', b'{"a":1,"a":2}', b'{"b":1,"a":2,"b":3}', b'{"a"}', b'{"a":}', b'{"a",1}', b"{a:1}", b"{1:1}", b"{null:1}",
    b"{'a':1}", b'{"a":1 "b":2}', b'{"a":1]', b'{"":0}', b'{"\\u0000":0,"\xc3\xa9":[{}]}', b"{", b"}", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b'{,}', b'{"a":{"b":{"c":[null,true,false]}}}',
    # Depth
    b"[" * 511 + b"1" + b"]" * 511, b"[" * 512 + b"]" * 512, b"[" * 513 + b"]" * 513, b'{"a":' * 512 + b"0" + b"}" * 512, b'{"a":' * 513 + b"0" + b"}" * 513,
    b'[{"a":' * 256 + b"[]" + b"}]" * 256, b'[{"a":' * 256 + b"1" + b"}]" * 256, b"[" * 5000, b"[[[]]," * 300 + b"1" + b"]" * 300,
]


def random_text(source, depth):
    kind = source.randrange(5 if depth == 0 else 9)
    space = lambda: source.choice(["", "", "", " ", "\n", "\t ", "\r\n"])
    if kind == 0:
        return source.choice(["null", "true", "false"])
    if kind == 1:
        return repr(struct.unpack(">d", source.randbytes(8))[0]).replace("nan", "0").replace("inf", "1")
    if kind == 2:
        return str(source.randrange(-(10 ** source.randrange(1, 25)), 10 ** source.randrange(1, 25)))
    if kind in (3, 4):
        pieces = ["a", "Z", " ", "é", "€", "𝄞", "\\n", "\\\"", "\\\\", "\\/", "\\u00fc", "\\ud83d\\ude00", "text of some length "]
        return '"' + "".join(source.choice(pieces) for _ in range(source.randrange(20))) + '"'
    parts = [random_text(source, depth - 1) for _ in range(source.randrange(5))]
    if kind in (5, 6):
        return "[" + ",".join(space() + part + space() for part in parts) + "]"
    return "{" + ",".join(f'{space()}"k{i % 4}"{space()}:{space()}{part}{space()}' for i, part in enumerate(parts)) + "}"


def main():
    sys.setrecursionlimit(100_000)
    source = random.Random(1)
    texts = list(WRITTEN)
    for _ in range(120):
        data = random_text(source, 3).encode()
        texts.append(data)
        # The same with one byte dropped, doubled or changed, and cut: most are refused, and all must end.
        at = source.randrange(len(data))
        texts.append(data[:at] + data[at + 1 :])
        texts.append(data[:at] + bytes([source.choice(b'"\\[]{},:0e-. \xc3\x80')]) + data[at + 1 :])
        texts.append(data[:at])
    print("# a text in hexadecimal and its value: see src/verify.c")
    for data in texts:
        print(data.hex(), expected(data))


main()
