import { expect, expectAccessible, signIn, test } from './fixtures';
import { accessEvent, people, server } from './server';

test('an open page shows a new access within a second of its storing, without a reload', async ({ page, request }, { project }) => {
  const token = server(project.name, ['token', 'create', '--provider', '--scope', 'access-events:write']).trim();
  await signIn(page, people.privacyOfficer);
  const connected = page.waitForResponse(response => response.url().includes('/portal/access/live'));
  await page.goto('/portal/access');
  await connected;
  const stored = await request.post('/api/v1/access-events', {
    headers: { authorization: `Bearer ${token}` },
    data: accessEvent('live-1', 'Kingfisher seen live'),
  });
  expect(stored.status()).toBe(200);
  await expect(page.getByRole('status')).toHaveText('1 new access since you opened this page', { timeout: 1_000 });
  await expect(page.getByText('Kingfisher seen live')).toBeVisible();
  await expectAccessible(page);
});

test('a page with filters is told only of what they admit', async ({ page, request }, { project }) => {
  const token = server(project.name, ['token', 'create', '--provider', '--scope', 'access-events:write']).trim();
  await signIn(page, people.privacyOfficer);
  const connected = page.waitForResponse(response => response.url().includes('/portal/access/live'));
  await page.goto('/portal/access?q=cormorant');
  await connected;
  for (const [id, words] of [['live-2', 'A gull'], ['live-3', 'A cormorant']]) {
    await request.post('/api/v1/access-events', {
      headers: { authorization: `Bearer ${token}` },
      data: accessEvent(id, words),
    });
  }
  await expect(page.getByText('A cormorant')).toBeVisible();
  await expect(page.getByText('A gull')).toHaveCount(0);
});
