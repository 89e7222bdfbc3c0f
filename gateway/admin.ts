// The command `admin`: what an operator does to a data folder while no gateway has it.
import { runAdmin } from './admin/run-admin.js';

process.exitCode = await runAdmin(process.argv.slice(2), {
  env: process.env,
  nowMs: Date.now,
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (text) => void process.stderr.write(text),
});
