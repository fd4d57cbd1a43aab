import { expect, expectAccessible, signIn, test } from './fixtures';
import { people } from './server';

test('a notice that waits is found, read, asked about and acknowledged', async ({ page }) => {
  // Another spec issues notices to the other customer meanwhile.
  await signIn(page, people.otherCustomer);
  await page.goto('/portal/notices');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Notices');
  await expectAccessible(page);
  const waiting = page.getByRole('region', { name: 'Waiting for you' });

  const count = async () => {
    const name = await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Notices/ }).getAttribute('aria-label');
    return Number(/\d+/.exec(name ?? '0')?.[0] ?? 0);
  };
  const before = await count();
  const link = waiting.getByRole('link').first();
  const title = await link.innerText();
  await link.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await expect(page.getByText('What can you do now?', { exact: true })).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel('Your words').fill('Which of our systems is this about?');
  await page.getByRole('button', { name: 'Ask the provider' }).click();
  await expect(page.getByRole('status')).toContainText('Your question is with the provider');
  const said = page.getByRole('region', { name: 'What was said' });
  await expect(said).toContainText('Which of our systems is this about?');
  expect(await count()).toBe(before);

  await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('The notice is acknowledged');
  await expect(page.getByRole('button', { name: 'Acknowledge', exact: true })).toHaveCount(0);
  expect(await count()).toBe(before - 1);

  await page.emulateMedia({ media: 'print' });
  await expect(said).toBeVisible();
  await expect(page.getByLabel('Your words')).toBeHidden();
  await page.emulateMedia({ media: 'screen' });

  await page.goto('/portal/notices?state=acknowledged');
  await expect(page.getByRole('table').getByRole('link', { name: title }).first()).toBeVisible();
});

test('a filter that can’t be read, or finds nothing, says so', async ({ page }) => {
  await signIn(page, people.privacyOfficer);
  await page.goto('/portal/notices?q=nothing+such');
  await expect(page.getByText('No notice matches these filters')).toBeVisible();
  await page.goto('/portal/notices?kind=rumour');
  await expect(page.getByRole('alert')).toContainText('is not a kind on the list');
  await expectAccessible(page);
});
