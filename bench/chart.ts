/** Plots as SVG text: bars by group, and lines over time; readable without colours on white and in a README. */

export type Series = { readonly name: string; readonly values: readonly number[] };
export type Chart = {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /** Names under the groups of bars; of a line chart the place of each value is its x. */
  readonly groups?: readonly string[];
  readonly series: readonly Series[];
  /** What one step of a line chart's x is worth. */
  readonly step?: number;
};

const width = 860;
const height = 400;
const box = { left: 80, right: 20, top: 70, bottom: 60 };
const inner = { width: width - box.left - box.right, height: height - box.top - box.bottom };
/** Told apart by people who do not see red and green, too. Okabe and Ito, 2008. */
const colours = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#56b4e9', '#cc79a7', '#999999', '#f0e442', '#000000'];

export function barChart(chart: Chart): string {
  const groups = chart.groups ?? [];
  const top = niceTop(Math.max(...chart.series.flatMap(({ values }) => values)));
  const place = inner.width / groups.length;
  const bar = (place * 0.8) / chart.series.length;
  const bars = chart.series.flatMap(({ values }, s) =>
    values.map((value, g) => {
      const x = box.left + g * place + place * 0.1 + s * bar;
      const tall = (value / top) * inner.height;
      const y = box.top + inner.height - tall;
      const label = `<text x="${at(x + bar / 2)}" y="${at(y - 4)}" text-anchor="middle" font-size="11">${short(value)}</text>`;
      return `<rect x="${at(x)}" y="${at(y)}" width="${at(bar * 0.92)}" height="${at(tall)}" fill="${colourOf(s)}"/>${label}`;
    }),
  );
  const names = groups.map(
    (name, g) =>
      `<text x="${at(box.left + (g + 0.5) * place)}" y="${box.top + inner.height + 20}" text-anchor="middle">${escaped(name)}</text>`,
  );
  return framed(chart, top, [...bars, ...names]);
}

export function lineChart(chart: Chart): string {
  const steps = Math.max(2, ...chart.series.map(({ values }) => values.length));
  const top = niceTop(Math.max(1e-9, ...chart.series.flatMap(({ values }) => values)));
  const xOf = (i: number) => box.left + (i / (steps - 1)) * inner.width;
  const yOf = (value: number) => box.top + inner.height * (1 - value / top);
  const lines = chart.series.map(({ values }, s) => {
    const points = values.map((value, i) => `${at(xOf(i))},${at(yOf(value))}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${colourOf(s)}" stroke-width="2"/>`;
  });
  const marks = Array.from({ length: 6 }, (_, i) => {
    const x = box.left + (i / 5) * inner.width;
    const value = (i / 5) * (steps - 1) * (chart.step ?? 1);
    return `<text x="${at(x)}" y="${box.top + inner.height + 20}" text-anchor="middle">${short(value)}</text>`;
  });
  return framed(chart, top, [...lines, ...marks]);
}

function framed({ title, xTitle, yTitle, series }: Chart, top: number, drawn: readonly string[]): string {
  const rules = Array.from({ length: 6 }, (_, i) => {
    const y = box.top + inner.height * (1 - i / 5);
    const label = `<text x="${box.left - 8}" y="${at(y + 4)}" text-anchor="end">${short((top * i) / 5)}</text>`;
    return `<line x1="${box.left}" x2="${width - box.right}" y1="${at(y)}" y2="${at(y)}" stroke="#dddddd"/>${label}`;
  });
  const legendStep = Math.min(220, inner.width / Math.max(1, series.length));
  const legend = series.map(({ name }, s) => {
    const x = box.left + s * legendStep;
    return `<rect x="${at(x)}" y="44" width="12" height="12" fill="${colourOf(s)}"/><text x="${at(x + 17)}" y="54">${escaped(name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="#222222">
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="${box.left}" y="26" font-size="16" font-weight="bold">${escaped(title)}</text>
<text x="${box.left + inner.width / 2}" y="${height - 12}" text-anchor="middle">${escaped(xTitle)}</text>
<text x="18" y="${box.top + inner.height / 2}" text-anchor="middle" transform="rotate(-90 18 ${box.top + inner.height / 2})">${escaped(yTitle)}</text>
${[...rules, ...drawn, ...legend].join('\n')}
</svg>
`;
}

function colourOf(series: number): string {
  return colours[series % colours.length]!;
}

/** The next of 1, 2, 2.5, 5, 10 … above the value. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= value) ?? 10;
  return step * power;
}

function short(value: number): string {
  if (value >= 10_000) return `${(value / 1_000).toLocaleString('en-GB', { maximumFractionDigits: 1 })}k`;
  return value.toLocaleString('en-GB', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

function at(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
