import { readFile } from "node:fs/promises";

/** Beside the sources, from which the package has them too: the same way up from src/ and from the compiled dist/. */
const SOURCES = new URL("../../../src/dashboard/", import.meta.url);

/** The style of the pictures, which the page has too. */
export function readPictureStyle(): Promise<string> {
  return readFile(new URL("picture/picture.css", SOURCES), "utf8");
}

export async function readReportStyle(): Promise<string> {
  const own = await readFile(new URL("report/report.css", SOURCES), "utf8");
  return `${await readPictureStyle()}\n${own}`;
}
