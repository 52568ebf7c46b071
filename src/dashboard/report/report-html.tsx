import { createHash } from "node:crypto";
import { render } from "preact-render-to-string";
import type { RunReport } from "./report.ts";
import { ReportBody } from "./report-body.tsx";
import { reportTitle } from "./title.ts";

/**
 * One HTML document that needs nothing else. Its policy allows its own style by hash and nothing besides. What a
 * container wrote is escaped, and if it were not, it would be neither run nor loaded.
 */
export function reportHtml(report: RunReport, css: string): string {
  // The hash must be of what a parser sees, and a parser reads CRLF as a newline.
  const style = css.replaceAll("\r\n", "\n");
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${render(<title>{reportTitle(report)}</title>)}
<style>${style}</style>
</head>
<body>
${render(<ReportBody report={report} />)}
</body>
</html>
`;
}
