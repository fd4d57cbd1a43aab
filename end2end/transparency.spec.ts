import { readFileSync } from 'node:fs';

import { expect, expectAccessible, test } from './fixtures';

test('the public reads, filters and downloads the statistics', async ({ page }) => {
  await page.goto('/transparency');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Government requests for data');
  await expect(page.locator('.lede')).toContainText('1,881,790 requests');
  await expect(page.locator('figure.chart')).toHaveCount(4);
  await expectAccessible(page);

  await page.getByLabel('Publisher').selectOption('Apple');
  await page.getByLabel('Country', { exact: true }).selectOption('Germany');
  await page.getByLabel('From', { exact: true }).selectOption('first half of 2019');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(/publisher=Apple.*country=DE/);
  await expect(page.locator('.lede')).toContainText('courts from Germany sent Apple');
  await page.locator('summary').first().click();
  await expect(page.getByRole('row', { name: /^2022-H2/ }).first()).toContainText('892');
  await expectAccessible(page);

  const csv = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const lines = readFileSync(await (await csv).path(), 'utf8').split('\r\n');
  expect(lines[0]).toContain('publisher,service,period');
  expect(lines.slice(1, -1).every(line => line.includes(',Germany,DE,')), 'the filtered figures alone').toBe(true);

  const svg = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download SVG/ }).first().click();
  expect(readFileSync(await (await svg).path(), 'utf8')).toMatch(/^<svg .*account requests from Germany/s);
});

test('publishers and countries are compared, and the address reproduces it', async ({ page }) => {
  await page.goto('/transparency');
  await page.getByRole('navigation', { name: 'Views of these figures' }).getByRole('link', { name: 'Compare' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Publishers and countries compared');
  await expect(page.getByRole('heading', { name: 'These figures are not counted alike' })).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel('Country', { exact: true }).selectOption('Germany');
  await page.getByLabel('Second country').selectOption('France');
  await page.getByLabel('Set against').selectOption('Per 100,000 inhabitants');
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page).toHaveURL(/country=DE&country=FR.*per=inhabitants/);
  await expect(page.locator('.lede')).toContainText('Requests per 100,000 inhabitants in the second half of 2022: Apple, Germany');
  await expect(page.getByRole('table', { name: 'Inhabitants' })).toContainText('Unicode CLDR 28 (2015)');
  await page.locator('figure.chart summary').first().click();
  await expect(page.getByRole('row', { name: /^2013-H1/ }).first()).toContainText('2.85');
  await expectAccessible(page);

  const csv = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const lines = readFileSync(await (await csv).path(), 'utf8').split('\r\n');
  expect(lines[0]).toContain('publisher,service,country,period');
  expect(lines.slice(1, -1).every(line => /,(DE|FR),/.test(line)), 'the compared figures alone').toBe(true);

  const address = page.url();
  const again = await page.locator('table').first().innerText();
  await page.goto(address);
  expect(await page.locator('table').first().innerText()).toBe(again);

  // The pages of others show it in a frame.
  await page.goto(address.replace('/transparency/compare?', '/transparency/embed/compare?'));
  await expect(page.getByRole('img')).toBeVisible();
  await expect(page.getByRole('link')).toHaveAttribute('href', /\/transparency\/compare\?/);
  await expectAccessible(page);
});

test('a filter that can not be used is named and left out', async ({ page }) => {
  await page.goto('/transparency?from=1066&publisher=Nobody');
  await expect(page.getByRole('alert')).toContainText('“1066” is not a half-year such as 2013-H1');
  await expect(page.getByRole('alert')).toContainText('“Nobody” is not a publisher');
  await expect(page.locator('.lede')).toContainText('1,881,790 requests');
});
