import { describe, expect, it } from "vitest";
import { withoutBuildMarks } from "../../../src/sandbox/image/output-digest.ts";

/** An ELF file with one note. */
function elf(type: number, description: string): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(description.length, 4);
  head.writeUInt32LE(type, 8);
  const parts = ["\x7fELF code", head, "GNU\0", description, "more code"];
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function library(time: string, content: string): Buffer {
  const head = `a.o/            ${time.padEnd(12)}0     0     100644  ${String(content.length).padEnd(10)}\`\n`;
  return Buffer.from(`!<arch>\n${head}${content}`);
}

describe("what a build made, without its marks", () => {
  it("has no build id, and all else", () => {
    const same = (a: Buffer, b: Buffer) => withoutBuildMarks(a).equals(withoutBuildMarks(b));
    expect(same(elf(3, "a".repeat(20)), elf(3, "b".repeat(20)))).toBe(true);
    expect(same(elf(1, "a".repeat(20)), elf(1, "b".repeat(20)))).toBe(false);
    expect(withoutBuildMarks(elf(3, "a".repeat(20))).toString()).toContain("more code");
  });

  it("has no times of a library's members", () => {
    const [one, other] = [library("1700000000", "code"), library("1800000000", "code")];
    expect(withoutBuildMarks(one)).toEqual(withoutBuildMarks(other));
    expect(withoutBuildMarks(one)).not.toEqual(withoutBuildMarks(library("1700000000", "CODE")));
  });

  it("leaves what is neither as it is, and whatever is cut short whole", () => {
    for (const text of ["#!/bin/sh\n", "\x7fELF", "!<arch>\nshort", "\x7fELFGNU\0", ""]) {
      expect(withoutBuildMarks(Buffer.from(text)).toString()).toBe(text);
    }
  });
});
