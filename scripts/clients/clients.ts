import { join } from 'node:path';

const PROGRAMS = join(import.meta.dirname, 'programs');

/** A tool that people point at the proxy. */
export interface Client {
  readonly name: string;
  /** Debian's packages that it needs; npm packages are told apart by `npm:`. */
  readonly packages: readonly string[];
  /** The command that puts it through the cases; see `programs/`. */
  readonly command: readonly string[];
  /** Run once before, in the folder of the programs' builds. */
  readonly build?: readonly string[];
  /** It calls the report API by its own name, with the proxy as its `http_proxy`. */
  readonly proxied?: true;
  /** Cases that it has no way to do. */
  readonly cannot?: readonly Case[];
}

export const CASES = ['json', 'csv', 'gzip', 'conditional', 'head', 'missing', 'reuse'] as const;
export type Case = (typeof CASES)[number];

const program = (name: string): string => join(PROGRAMS, name);
const shell = (name: string, ...packages: readonly string[]): Client => ({
  name,
  packages: [...packages, 'jq'],
  command: ['sh', program('shell.sh'), name],
});
/** Debian's Python, where its packages are, whatever comes first on the path. */
const python = (name: string, ...packages: readonly string[]): Client => ({
  name: `Python ${name}`,
  packages: ['python3', ...packages],
  command: ['/usr/bin/python3', program('python.py'), name],
});
const node = (name: string, ...packages: readonly string[]): Client => ({
  name: `Node.js ${name}`,
  packages: packages.map((it) => `npm:${it}`),
  command: [process.execPath, 'node.mjs', name],
});
const java = (name: string): Client => ({
  name: `Java ${name}`,
  packages: ['default-jdk-headless'],
  build: ['javac', '-d', '.', program('Client.java')],
  command: ['java', '-cp', '.', 'Client', name],
});

export const CLIENTS: readonly Client[] = [
  shell('curl', 'curl'),
  // It waits for a body behind a 304, unless it has asked for it by `--timestamping`.
  { ...shell('wget', 'wget'), cannot: ['conditional'] },
  shell('httpie', 'httpie'),
  { ...shell('curl', 'curl'), name: 'curl with http_proxy', proxied: true },
  python('urllib'),
  python('urllib3', 'python3-urllib3'),
  python('requests', 'python3-requests'),
  { ...python('requests', 'python3-requests'), name: 'Python requests with http_proxy', proxied: true },
  python('httpx', 'python3-httpx'),
  python('aiohttp', 'python3-aiohttp'),
  {
    ...python('pandas', 'python3-pandas'),
    // It hides everything but the table.
    cannot: ['gzip', 'conditional', 'head', 'missing'],
  },
  {
    name: 'R httr',
    packages: ['r-base-core', 'r-cran-httr', 'r-cran-jsonlite'],
    command: ['Rscript', program('client.R')],
  },
  {
    name: 'Go net/http',
    packages: ['golang-go'],
    build: ['go', 'build', '-o', 'go-client', program('client.go')],
    command: ['./go-client'],
  },
  java('HttpClient'),
  java('HttpURLConnection'),
  {
    name: 'PHP curl',
    packages: ['php-cli', 'php-curl'],
    command: ['php', program('client.php'), 'curl'],
  },
  { name: 'PHP streams', packages: ['php-cli'], command: ['php', program('client.php'), 'streams'] },
  { name: 'Ruby Net::HTTP', packages: ['ruby'], command: ['ruby', program('client.rb')] },
  { name: 'Perl LWP', packages: ['libwww-perl'], command: ['perl', program('client.pl'), 'LWP'] },
  { name: 'Perl HTTP::Tiny', packages: ['perl'], command: ['perl', program('client.pl'), 'Tiny'] },
  // The Fetch standard adds `no-cache` to a conditional request: the head of the new answer may leave before its tag is known.
  { ...node('fetch'), cannot: ['conditional'] },
  node('http'),
  node('axios', 'axios'),
  node('got', 'got'),
  { ...node('ky', 'ky'), cannot: ['conditional'] },
];

/** Those that the tests put through the cases: small, and on most machines. */
export const CORE: ReadonlySet<string> = new Set([
  ...[
    'curl',
    'curl with http_proxy',
    'wget',
    'Python urllib',
    'Perl HTTP::Tiny',
    'Node.js fetch',
    'Node.js http',
  ],
]);
