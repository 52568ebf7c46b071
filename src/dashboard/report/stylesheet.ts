import { readFile } from "node:fs/promises";

/** The folder of the sources, which the package has too. The way up is the same from src/ and from the compiled dist/. */
const SOURCES = new URL("../../../src/dashboard/", import.meta.url);

/** The style of the pictures, which the page uses too. */
export function readPictureStyle(): Promise<string> {
  return readFile(new URL("picture/picture.css", SOURCES), "utf8");
}

export async function readReportStyle(): Promise<string> {
  const own = await readFile(new URL("report/report.css", SOURCES), "utf8");
  return `${await readPictureStyle()}\n${own}`;
}
