/** What linters cannot check: who imports whom, files that nobody needs, pages, links and words that may not stand in the house. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** As .gitignore; not asked of git, so that an export without history is checked too. */
const ignored = /^(\.git|\.local|dist|demo|coverage|test\/artefacts|(.*\/)?node_modules|.*\.log)$/;
/** Written by others, kept as they came. */
const foreign = /^(package-lock\.json|LICENSE|test\/specs\/.*\.(yaml|xsd))$/;

const files = filesIn('').sort();
const textOf = memo((file) => readFileSync(join(root, file), 'utf8'));
const sources = files.filter((file) => /\.tsx?$/.test(file));
const pages = files.filter((file) => file.endsWith('.md'));
const texts = files.filter((file) => !foreign.test(file) && !/\.(png|webp|svg|ico|bin)$/.test(file));
const imports = new Map(sources.map((file) => [file, importsOf(file)]));
const production = reachable(mains());
/** What runs in the browser: its packages are built in, so the hub's own rules about packages are not its. */
const browser = new Set([...production].filter((file) => folderOf(file) === 'console'));

test('domain ← platform ← store ← { api, workers, connectors, monitoring }', () => {
  const mayImport: Record<string, readonly string[]> = {
    domain: [],
    platform: ['domain'],
    store: ['domain', 'platform'],
    api: ['domain', 'platform', 'store'],
    workers: ['domain', 'platform', 'store'],
    connectors: ['domain', 'platform', 'store'],
    monitoring: ['domain', 'platform', 'store'],
    console: ['domain'],
  };
  // Ids, modes and columns of the rails, for whoever must know which there are.
  const isRegistry = (file: string) => file === 'connectors/rails.ts';
  const wrong = ours(production).filter(
    ({ from, to }) =>
      folderOf(from) in mayImport &&
      folderOf(to) !== folderOf(from) &&
      !mayImport[folderOf(from)]!.includes(folderOf(to)) &&
      !(isRegistry(to) && ['api', 'workers', 'monitoring'].includes(folderOf(from))),
  );
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test('the domain is pure: it imports no package, and of Node nothing that reaches out', () => {
  const allowed = ['node:crypto', 'node:buffer'];
  const wrong = packages(
    sources.filter((file) => folderOf(file) === 'domain' && !isTest(file)),
    true,
  );
  expect(wrong.filter(({ name }) => !allowed.includes(name)).map(told)).toEqual([]);
});

test('each package is imported in one file of platform/', () => {
  /** Package → the only places beside or instead of one file of platform/, and why. */
  const exceptions: Record<string, { readonly places: RegExp; readonly why: string }> = {
    express: { places: /^api\//, why: 'the API is its HTTP, and every route speaks it' },
    '@fastify/busboy': { places: /^api\/form\.ts$/, why: 'reads the forms that only the API takes' },
    '@streamparser/json': {
      places: /^api\/(json-rows|mapper\/read-entries)\.ts$/,
      why: 'reads the bodies that only the API takes',
    },
    'bpmn-moddle': { places: /^bpmn\//, why: 'models are read in their own home, and by no process of the hub' },
    undici: {
      places: /^platform\/(http|http-exchange|webhook-client|callback-address)\.ts$/,
      why: 'calls to rails and to strangers have different rules: two clients, each of two files',
    },
    mongodb: { places: /^(platform\/mongo|local\/servers\/mongo)\.ts$/, why: 'local/ makes the replica set' },
    'oidc-provider': {
      places: /^local\/openid\/provider\.ts$/,
      why: 'a server of the local stack: no process of the hub has it',
    },
    'smtp-server': {
      places: /^local\/messages\/mail-server\.ts$/,
      why: 'a server of the local stack: no process of the hub has it',
    },
    kafkajs: { places: /^(platform\/kafka|local\/servers\/kafka)\.ts$/, why: 'local/ makes the topic' },
    '@aws-sdk/client-s3': {
      places: /^(platform\/object-store|local\/servers\/s3)\.ts$/,
      why: 'local/ makes the bucket',
    },
  };
  const used = packages([...production].filter((file) => !browser.has(file)));
  const names = [...new Set(used.map(({ name }) => name))];
  const wrong = names.flatMap((name) => {
    const here = used.filter((use) => use.name === name);
    const exception = exceptions[name];
    if (exception) return here.filter(({ from }) => !exception.places.test(from)).map(told);
    const isHome = new Set(here.map(({ from }) => from)).size === 1 && here[0]!.from.startsWith('platform/');
    return isHome ? [] : here.map(told);
  });
  expect(wrong).toEqual([]);
  expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([]);
});

test('the console is built of development packages alone, each widely used one named here', () => {
  const { devDependencies } = JSON.parse(textOf('package.json'));
  const allowed = /^(react|react-dom|react-router|@carbon\/react|bpmn-js|@fontsource\/.*)$/;
  const used = packages([...browser]);
  expect(used.filter(({ name }) => !allowed.test(name) || !(name in devDependencies)).map(told)).toEqual([]);
  const homes = used.filter(({ name }) => name === 'bpmn-js').map(({ from }) => from);
  expect([...new Set(homes)]).toEqual(['console/parts/model-view.ts']);
});

test('each dependency is needed by somebody, and each package that is imported is a dependency', () => {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json'));
  const declared = Object.keys({ ...dependencies, ...devDependencies });
  /** Programs and types: named by Makefile, tsconfig, vitest or another package's settings. */
  const tools = /^(@types\/.*|@biomejs\/biome|typescript|bpmnlint|bpmnlint-plugin-.*|@vitest\/coverage-v8|sass)$/;
  const used = new Set(packages(sources).map(({ name }) => name));
  const named = (name: string) => texts.some((file) => /rc$|\.tsx?$/.test(file) && textOf(file).includes(`${name}/`));
  expect(declared.filter((name) => !used.has(name) && !tools.test(name) && !named(name))).toEqual([]);
  expect([...used].filter((name) => !declared.includes(name))).toEqual([]);
});

test('no file is dead: each is a main, a test, a config, or reached from one of them', () => {
  const isRoot = (file: string) => isTest(file) || /\.(config|setup|d)\.ts$/.test(file);
  expect(mains()).toEqual(expect.arrayContaining(['api/main.ts', 'workers/main.ts', 'connectors/main.ts']));
  const living = reachable([...mains(), ...sources.filter(isRoot)]);
  expect(sources.filter((file) => !living.has(file))).toEqual([]);
});

test('no source file has more than 300 lines of code', () => {
  const long = sources.filter((file) => production.has(file) && linesOfCode(file) > 300);
  expect(long.map((file) => `${file}: ${linesOfCode(file)}`)).toEqual([]);
});

test('no file is a drawer', () => {
  const drawers = /(^|\/)(utils?|helpers?|common|shared|misc|service)(\/|\.|$)/;
  expect(files.filter((file) => drawers.test(file))).toEqual([]);
});

test('every page has one title, at its top', () => {
  const titles = (page: string) => proseOf(page).filter((line) => /^# \S/.test(line)).length;
  const isTitled = (page: string) => textOf(page).startsWith('# ') && titles(page) === 1;
  expect(pages.filter((page) => !isTitled(page))).toEqual([]);
});

test('every relative link of a page leads somewhere, its heading included', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, link))
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('every page of docs/ is linked from the README or from a page that is', () => {
  const seen = new Set<string>();
  const visit = (page: string): void => {
    if (seen.has(page) || !pages.includes(page)) return;
    seen.add(page);
    for (const link of linksOf(page)) visit(normalize(join(dirname(page), link.split('#')[0] ?? '')));
  };
  visit('README.md');
  expect(pages.filter((page) => !seen.has(page))).toEqual([]);
});

test('nothing is left to be done in a comment', () => {
  // Written in two parts, or this line would be found.
  const words = new RegExp(`\\b(TO${'DO'}|FIX${'ME'}|HA${'CK'})\\b`);
  expect(linesWith(texts, words)).toEqual([]);
});

test('only the command lines of local/ and test/ and tests write to the console', () => {
  const talkers = [...production].filter((file) => !['local', 'test'].includes(folderOf(file)));
  expect(linesWith(talkers, /\bconsole\.(log|info|debug|warn)\(/)).toEqual([]);
});

test('no registry and no path of somebody’s machine is named', () => {
  const hosts = ['registry\\.npm', 'npmjs\\.org', 'repo1?\\.maven', 'pypi\\.org', 'pythonhosted', 'proxy\\.golang'];
  const paths = ['/wo' + 'rk/', '/ro' + 'ot/', '/ho' + 'me/', '/Us' + 'ers/'];
  const words = new RegExp(`(${[...hosts, ...paths.map((path) => `(?<![\\w.])${path}`)].join('|')})`);
  const here = 'test/tidy.test.ts';
  expect(
    linesWith(
      [...texts, 'package-lock.json'].filter((file) => file !== here),
      words,
    ),
  ).toEqual([]);
});

test.skipIf(!existsSync(join(root, '.git')))('no file of the house is ignored by git', () => {
  const asked = { cwd: root, input: files.join('\n'), encoding: 'utf8' } as const;
  expect(spawnSync('git', ['check-ignore', '--stdin', '--no-index'], asked).stdout).toBe('');
});

test('what is to be run can be run', () => {
  for (const file of ['.ci/run', '.ci/known-holes']) expect(statSync(join(root, file)).mode & 0o111).toBe(0o111);
});

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (ignored.test(path)) return [];
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : [];
  });
}

/** Programs: every main.ts, and what else the Makefile and the stack run, by their names below dist/. */
function mains(): string[] {
  const named = ['Makefile', 'local/servers.ts'].flatMap((file) =>
    [...textOf(file).matchAll(/(?:dist\/)?([a-z-]+\/[a-z/-]+)\.js\b/g)].map((match) => `${match[1]}.ts`),
  );
  const all = [...named, ...sources.filter((file) => /^[a-z]+\/main\.tsx?$/.test(file))];
  return [...new Set(all)].filter((file) => existsSync(join(root, file)));
}

type Use = { readonly from: string; readonly name: string };

/** What a file imports, also for its types alone or when it is needed. */
function importsOf(file: string): string[] {
  const code = textOf(file);
  const shapes = [
    /^(?:import|export)\b[^;'"]*?\bfrom\s+'([^']+)'/gm,
    /^import\s+'([^']+)'/gm,
    /\bimport\(\s*'([^']+)'\s*\)/g,
  ];
  return shapes.flatMap((shape) => [...code.matchAll(shape)].map((match) => match[1]!));
}

/** Imports of our own files by `from`s. */
function ours(from: Iterable<string>): { readonly from: string; readonly to: string }[] {
  return [...from].flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((name) => name.startsWith('.'))
      .map((name) => ({ from: file, to: normalize(join(dirname(file), name)) })),
  );
}

/** Imports of others' packages, of Node's own too if wanted. */
function packages(from: readonly string[], withNode = false): Use[] {
  return from.flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((name) => !name.startsWith('.') && (withNode || !name.startsWith('node:')))
      .map((name) => ({ from: file, name: name.startsWith('node:') ? name : packageOf(name) })),
  );
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function reachable(from: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const queue = [...from];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    queue.push(...ours([file]).map(({ to }) => to));
  }
  return seen;
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file);
}

function folderOf(file: string): string {
  return file.split('/')[0]!;
}

function told({ from, name }: Use): string {
  return `${from} imports ${name}`;
}

function linesOfCode(file: string): number {
  const code = textOf(file).replace(/\/\*[\s\S]*?\*\//g, '');
  return code.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;
}

/** Lines of a page outside of its code. */
function proseOf(page: string): string[] {
  return textOf(page)
    .replace(/^( *)```[\s\S]*?^\1```/gm, '')
    .split('\n');
}

function linksOf(page: string): string[] {
  const prose = proseOf(page)
    .join('\n')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  return heading === undefined || !target.endsWith('.md') || headingsOf(target).includes(heading);
}

/** As forges name them. */
function headingsOf(page: string): string[] {
  return proseOf(page)
    .filter((line) => /^#+ /.test(line))
    .map((line) => line.replace(/^#+ /, '').toLowerCase().trim())
    .map((title) => title.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

function linesWith(among: readonly string[], words: RegExp): string[] {
  return among.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, at) => (words.test(line) ? [`${file}:${at + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

function memo(read: (file: string) => string): (file: string) => string {
  const known = new Map<string, string>();
  return (file) => {
    const text = known.get(file) ?? read(file);
    known.set(file, text);
    return text;
  };
}
