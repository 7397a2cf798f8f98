import { parseArgs } from 'node:util';

/** What `run.ts` and `regression.ts` are told on their command lines. */
export interface BenchArguments {
  readonly rounds: number;
  /** Length of each burst of load. */
  readonly seconds: number;
  /** Names of cases; undefined means all. */
  readonly cases: readonly string[] | undefined;
  /** Names of servers; undefined means all that are installed. */
  readonly peers: readonly string[] | undefined;
  /** Connections of the cases that hold them open. */
  readonly openConnections: number;
  /** Where the results go; undefined means the terminal only. */
  readonly out: string | undefined;
  readonly positionals: readonly string[];
}

const QUICK_PEERS = ['nginx', 'nginx cache', 'cmu-proxy', 'cmu-proxy cache'];

export const usage = `  --rounds N       interleaved rounds (5)
  --seconds N      length of each burst of load (3)
  --cases A,B      only these cases
  --peers A,B      only these servers, such as "nginx,cmu-proxy cache"
  --connections N  connections of the idle and slow cases (1000)
  --out FILE       where the results go (bench/results.md; "-" for the terminal only)
  --quick          one round of one-second bursts of nginx and cmu-proxy, 100 connections, to the terminal
`;

const list = (text: string | undefined): readonly string[] | undefined =>
  text?.split(',').map((name) => name.trim());

/** @throws TypeError on an unknown option (`node:util` `parseArgs`) or a number that is none */
export function parseArguments(argv: readonly string[], defaultOut: string | undefined): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      cases: { type: 'string' },
      peers: { type: 'string' },
      connections: { type: 'string' },
      out: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const count = (name: 'rounds' | 'seconds' | 'connections', normally: number, quickly: number): number => {
    const text = values[name];
    if (text === undefined) return values.quick ? quickly : normally;
    if (!/^[1-9]\d*$/.test(text))
      throw new TypeError(`--${name} must be a whole number above zero, not ${text}`);
    return Number(text);
  };
  const out = values.out ?? (values.quick ? undefined : defaultOut);
  return {
    rounds: count('rounds', 5, 1),
    seconds: count('seconds', 3, 1),
    openConnections: count('connections', 1000, 100),
    cases: list(values.cases),
    peers: list(values.peers) ?? (values.quick ? QUICK_PEERS : undefined),
    out: out === '-' ? undefined : out,
    positionals,
  };
}
