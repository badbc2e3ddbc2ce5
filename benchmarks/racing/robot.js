// Stands at a page in place of a person, the same at every contender's: notes when there is something to press and when there is
// something to answer, and answers. Sees what a person would see, also in shadow roots. Times are milliseconds since navigation.
(({ asks, option, told, limit }) => {
  const LOOK_EVERY = 4;

  const roots = () => {
    const all = [document];
    for (const root of all) for (const node of root.querySelectorAll("*")) if (node.shadowRoot) all.push(node.shadowRoot);
    return all;
  };
  const every = (selector) => roots().flatMap((root) => [...root.querySelectorAll(selector)]);
  const isSeen = (node) => Boolean(node?.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && node.getBoundingClientRect().height > 0);
  const isReady = (node) => isSeen(node) && !node.closest("[aria-busy=true]");   // ours takes no click until its last answer has come whole
  const nameOf = (button) => (button.getAttribute("aria-label") || button.textContent).trim();
  const buttonNamed = (name) => every("button").find((button) => nameOf(button).startsWith(name) && !button.disabled && isReady(button));
  const labelOf = (input) => input.closest("label") ?? input.labels?.[0];
  const optionToPick = () => every("input[type=radio]").find((input) => labelOf(input)?.textContent.includes(option) && isReady(labelOf(input)));

  const isTold = () => roots().some((root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (texts.currentNode.data.includes(told) && isSeen(texts.currentNode.parentElement)) return true;
    return false;
  });
  const until = (find) => new Promise((done, fail) => {
    const look = setInterval(() => {
      const found = find();
      if (!found && performance.now() < limit) return;
      clearInterval(look);
      found ? done(found) : fail(new Error("hung"));
    }, LOOK_EVERY);
  });

  const arrive = async () => {
    let view;
    for (const name of asks) {
      const button = await until(() => buttonNamed(name));
      view ??= performance.now();
      button.click();
    }
    await until(optionToPick);
    return { view: view ?? performance.now(), scene: performance.now() };
  };

  window.robotArrives = arrive();
  window.robotAnswers = async () => {
    optionToPick().click();
    await new Promise((done) => setTimeout(done, 200));   // a person's hand moves to the button
    const button = await until(() => buttonNamed("Choose this"));
    const sent = performance.now();
    button.click();
    await until(isTold);
    return performance.now() - sent;
  };
})
