import { html, type Markup } from "./markup.ts";

/** Says that a file is a report of ours, which may be replaced by a newer one. */
export const reportMark = '<meta name="generator" content="Millrace report">';

/**
 * A page that needs nothing else: no script, no font, no picture from elsewhere, and a policy that would
 * refuse them. `style` is ours; the title and the body are text and markup that is safe already.
 */
export function documentOf(title: string, style: string, body: Markup): string {
  const page = html`<title>${title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
${body}
</body>
</html>
`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
${reportMark}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${page.markup}`;
}
