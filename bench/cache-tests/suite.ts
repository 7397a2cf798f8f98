import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A test of the suite, as its `tests/index.mjs` has it. */
export interface SuiteTest {
  readonly id: string;
  readonly name: string;
  /** `check` tells what a cache does where the RFCs leave it free. Absent: `required`. */
  readonly kind?: 'required' | 'optimal' | 'check';
  readonly browser_only?: boolean;
  readonly requests?: readonly SuiteRequest[];
}

type SuiteField = readonly [name: string, ...rest: readonly unknown[]];

/** What the origin says in answer to one request of a test. */
interface SuiteRequest {
  readonly response_headers?: readonly SuiteField[];
  readonly interim_responses?: readonly (readonly [status: number, fields?: readonly SuiteField[]])[];
}

export interface SuiteGroup {
  readonly id: string;
  readonly tests: readonly SuiteTest[];
}

/** Result by test: `true`, or what went wrong. */
export type SuiteResults = Readonly<Record<string, true | readonly [kind: string, detail: string]>>;

/** The groups of a checkout with the tests that apply to a proxy. */
export async function readSuite(checkout: string): Promise<readonly SuiteGroup[]> {
  const file = pathToFileURL(join(checkout, 'tests/index.mjs'));
  const { default: groups }: { default: readonly SuiteGroup[] } = await import(file.href);
  return groups.map(({ id, tests }) => ({ id, tests: tests.filter((it) => it.browser_only !== true) }));
}

/** Fields that the suite's origin adds to every answer. */
const OF_THE_ORIGIN = [
  ...['server-base-url', 'server-request-count', 'client-request-count', 'server-now', 'request-numbers'],
];

/** The fields that answers of the tests have. */
export const answerFieldsOf = (groups: readonly SuiteGroup[]): readonly string[] => [
  ...new Set([
    ...OF_THE_ORIGIN,
    ...groups
      .flatMap(({ tests }) => tests.flatMap(({ requests = [] }) => requests))
      .flatMap(({ response_headers: final = [], interim_responses: interim = [] }) => [
        ...final,
        ...interim.flatMap(([, fields = []]) => fields),
      ])
      .map(([name]) => name.toLowerCase()),
  ]),
];

/** Starts the suite's origin, with whatever Node runs this. @returns what stops it */
export function startOrigin(checkout: string, port: number): () => void {
  const child = spawn(process.execPath, ['test-engine/server/server.mjs'], {
    cwd: checkout,
    env: {
      ...process.env,
      npm_config_protocol: 'http',
      npm_config_port: String(port),
      npm_config_pidfile: '/dev/null',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return () => child.kill();
}

const PAST_THE_PROXY = new URL('past-the-proxy.ts', import.meta.url).href;

/**
 * Runs the suite's client against a proxy. Takes two to four minutes, since tests wait for answers to age.
 * @param id of one test, whose requests are printed instead; `''` for all
 * @throws Error when the client fails, with what it said
 */
export async function runClient(
  checkout: string,
  { proxy, originPort }: { readonly proxy: string; readonly originPort: number },
  id: string,
): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--import', PAST_THE_PROXY, 'test-engine/cli.mjs'],
    {
      cwd: checkout,
      env: {
        ...process.env,
        npm_config_base: proxy,
        SUITE_ORIGIN: `http://localhost:${originPort}`,
        npm_config_id: id,
        npm_package_config_id: id,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`The suite's client ended with ${code}: ${output.slice(-500)}`);
  return output;
}
