const style = `<style>
.bar{fill:#1f6f8b}.line{stroke:#b0512f;stroke-width:1.5;stroke-dasharray:5 4}.curve{fill:none;stroke-width:2}.grid{stroke:#8a97a1;stroke-opacity:.35}
.c0{stroke:#1f6f8b}.c1{stroke:#b0512f}.c2{stroke:#3f7d3a}.c3{stroke:#7a4fa3}.c4{stroke:#8a6d00}
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#3a4a57}
@media (prefers-color-scheme:dark){.bar{fill:#5cc0dd}.line{stroke:#e58c6b}text{fill:#b9c7d2}
.c0{stroke:#5cc0dd}.c1{stroke:#e58c6b}.c2{stroke:#83c67d}.c3{stroke:#bf9be3}.c4{stroke:#d9bb4d}}
</style>`;

/** A place in a picture, to a tenth. */
export const fixed = (value: number): string => String(Number(value.toFixed(1)));

/** A whole SVG with its title, in colours for light and dark pages. */
export function framed(title: string, width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">\n${style}\n<text x="8" y="16">${title}</text>\n${parts.join("\n")}\n</svg>\n`;
}
