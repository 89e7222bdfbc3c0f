// The command `admin`: what an operator does to a data folder while no gateway has it.
import { runAdmin } from './admin/run-admin.js';

// A reader who has seen enough (`| head`) ends nothing.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

process.exitCode = await runAdmin(process.argv.slice(2), {
  env: process.env,
  nowMs: Date.now,
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (text) => void process.stderr.write(text),
});
