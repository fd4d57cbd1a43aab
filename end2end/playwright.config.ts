import { defineConfig, devices } from '@playwright/test';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

// `make browser` builds the server that these tests start.
const root = resolve(__dirname, '..');
const chromium = process.env.CHROMIUM || '/usr/bin/chromium';

// Each project has its own server and database, so that what one spec decides is still open for its twin.
const projects = [
  { name: 'javascript', port: 3100, javaScriptEnabled: true, testIgnore: [] },
  // Pages must read, and forms must work, without WebAssembly. Only specs named *.wasm.spec.ts need it.
  { name: 'no-javascript', port: 3101, javaScriptEnabled: false, testIgnore: /\.wasm\.spec\.ts$/ },
];
// Passkeys belong to a domain, so the browser asks for one; the server listens on the machine alone.
const portal = (port: number) => `http://localhost:${port}`;
const listen = (port: number) => `127.0.0.1:${port}`;

export default defineConfig({
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  // Whole stories, on a machine of two cores.
  timeout: 60_000,
  // A test that passes at the second try has failed.
  retries: 0,
  workers: 2,
  projects: projects.map(({ name, port, javaScriptEnabled, testIgnore }) => ({
    name,
    testIgnore,
    use: { baseURL: portal(port), javaScriptEnabled },
  })),
  use: {
    ...devices['Desktop Chrome'],
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: existsSync(chromium) ? chromium : undefined,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-sync',
        '--disable-component-update',
      ],
    },
  },
  webServer: projects.map(({ name, port }) => {
    const folder = `target/e2e/${name}`;
    return {
      name,
      cwd: root,
      // The identity provider of a spec stands on this machine.
      env: { VITRINE_SSO_PRIVATE_ADDRESSES: 'true' },
      command:
        `rm -rf ${folder} && mkdir -p ${folder} && exec target/release/server serve --demo` +
        ` --listen ${listen(port)} --database sqlite:${folder}/vitrine.sqlite`,
      url: `http://${listen(port)}/`,
      reuseExistingServer: false,
      gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 5_000 },
    };
  }),
});
