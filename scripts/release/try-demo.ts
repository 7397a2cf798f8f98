import { useDemo } from '../package/installed.ts';

/** `node scripts/release/try-demo.ts`: whether `npm run demo`, in the folder where this is called, does what it says. */
process.stdout.write(`${await useDemo(['npm', 'run', 'demo'], process.cwd(), process.env)}\n`);
