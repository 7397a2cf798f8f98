import type { Sandbox } from '../../src/sandbox/index.ts';

/** What goes wrong all the time, in parts of all requests. */
const STANDING = [
  { kind: 'latency', ms: 20, on: 'report', probability: 0.3 },
  { kind: 'latency', ms: 400, on: 'report', probability: 0.01 },
  { kind: 'reset', on: 'report', probability: 0.005 },
  { kind: 'tear', on: 'report', probability: 0.005 },
  { kind: 'status', status: 503, on: 'report', probability: 0.003 },
  { kind: 'status', status: 500, on: 'report', probability: 0.003 },
  { kind: 'status', status: 401, on: 'report', probability: 0.003 },
  { kind: 'hang', on: 'report', probability: 0.0005 },
  { kind: 'reset', on: 'dcr', probability: 0.02 },
  { kind: 'status', status: 503, on: 'dcr', probability: 0.02 },
  { kind: 'tear', on: 'dcr', probability: 0.01 },
] as const;

export interface Misfortune {
  /** All is well from now on. */
  end(): void;
}

/** Adobe on a bad day: faults at random, and now and then all tokens revoked, all clients forgotten, or nothing but 429 for a moment. */
export const startMisfortune = (sandbox: Sandbox, random: () => number): Misfortune => {
  const { control } = sandbox;
  for (const fault of STANDING) control.addFault(fault);
  const blows = [
    () => void control.revokeTokens(),
    () => void control.forgetClients(),
    () => void control.answerStatus(429, { on: 'dcr', times: 2 }),
    () => void control.answerStatus(429, { on: 'report', times: 1 }),
    () => void control.resetConnections({ on: 'report', times: 5 }),
  ];
  const timer = setInterval(() => blows[Math.floor(random() * blows.length)]?.(), 10_000);
  return {
    end: () => {
      clearInterval(timer);
      control.clearFaults();
    },
  };
};
