import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';

const root = resolve(__dirname, '..');

/** Everybody's password in the demo; the server prints it at start. */
const password = 'look behind the glass';

/** Every staff member's authenticator in the demo; the server prints it at start. */
const authenticator = 'OZUXI4TJNZSSAZDFNVXSYIBSEBVWK6LT';

export const people = {
  owner: { email: 'owner@meridian-health.example', password },
  otherOwner: { email: 'owner@aurora-savings.example', password },
  approver: { email: 'approver@meridian-health.example', password },
  auditor: { email: 'auditor@meridian-health.example', password },
  privacyOfficer: { email: 'privacy.officer@meridian-health.example', password },
  otherCustomer: { email: 'privacy.officer@aurora-savings.example', password },
  operations: { email: 'operations@nimbus.example', password, authenticator },
  legal: { email: 'legal@nimbus.example', password, authenticator },
  counsel: { email: 'counsel@nimbus.example', password, authenticator },
  publishing: { email: 'publishing@nimbus.example', password, authenticator },
  administrator: { email: 'administrator@nimbus.example', password, authenticator },
};

/** What an authenticator with this secret shows now. */
export function oneTimeCode(secret: string) {
  const program = resolve(root, 'target/release/server');
  return execFileSync(program, ['one-time-code', secret], { encoding: 'utf8' }).trim();
}

/** The same, for somebody whom other specs sign in too: a code works once, so the next one waits for the next. */
export async function unusedCode(page: Page, email: string, secret: string) {
  const halfMinute = 30_000;
  const used = resolve(root, 'target/e2e/used-codes');
  mkdirSync(used, { recursive: true });
  for (;;) {
    const step = Math.floor(Date.now() / halfMinute);
    try {
      writeFileSync(resolve(used, `${new URL(page.url()).port}-${email}-${step}`), '', { flag: 'wx' });
      return oneTimeCode(secret);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await page.waitForTimeout((step + 1) * halfMinute - Date.now() + 500);
    }
  }
}

/** Runs the server's command line on the database of this project's server; returns what it printed. */
export function server(project: string, args: string[], input = '') {
  const database = `sqlite:target/e2e/${project}/vitrine.sqlite`;
  const program = resolve(root, 'target/release/server');
  return execFileSync(program, [...args, '--database', database], { cwd: root, input, encoding: 'utf8' });
}

/** What `server verify-approval` says of a grant's file, each approval of which is signed with the key of this fingerprint. */
export function verifyApproval(file: string, fingerprint: string) {
  return execFileSync(resolve(root, 'target/release/server'), ['verify-approval', '--key', fingerprint, file], {
    encoding: 'utf8',
  });
}

/**
 * Another server on the database of this project's, with its clock so many days behind: what is done there was done then.
 * `inspect` is given its address.
 */
export async function daysAgo(project: string, days: number, inspect: (address: string) => Promise<void>) {
  const port = project === 'javascript' ? 3110 : 3111;
  const serve = ['serve', '--listen', `127.0.0.1:${port}`, '--database', `sqlite:target/e2e/${project}/vitrine.sqlite`];
  const past = spawn('faketime', ['-f', `-${days}d`, resolve(root, 'target/release/server'), ...serve], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    // faketime starts the server as a process of its own, and tells it no signal.
    detached: true,
  });
  const address = `http://localhost:${port}`;
  const gone = new Promise(done => past.once('exit', done));
  try {
    for (const until = Date.now() + 20_000; ; await new Promise(done => setTimeout(done, 100))) {
      if (await fetch(`${address}/sign-in`).then(answer => answer.ok, () => false)) break;
      if (Date.now() > until) throw new Error('the server of days ago does not answer');
    }
    await inspect(address);
  } finally {
    process.kill(-past.pid!, 'SIGTERM');
    await gone;
  }
}

/** A good access as its reporter sends it. Its words are found by search. */
export function accessEvent(id: string, words: string) {
  const started = new Date(Date.now() - 60_000).toISOString();
  return {
    id,
    source: 'end2end',
    customer: 'meridian-health',
    accessor: { role: 'Storage engineer', employer: 'Nimbus Cloud GmbH', office_country: 'DE' },
    started_at: started,
    purpose: 'customer_requested_support',
    justification: words,
    ticket: 'CASE-77',
    service: 'Object Storage',
    resources: [{ type: 'bucket', name: 'patient-letters' }],
    operations: ['read'],
    approval: { kind: 'customer' },
    authentication: { factors: ['passkey'] },
    revocation: { revoked_at: new Date().toISOString(), revoked_by: 'end of session' },
  };
}
