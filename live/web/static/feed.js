// The feed: followed teams are marked, and stand first where the phone asked for it.

export default ({ $, choice, arrange, follows }) => () => {
  const entries = [...$('#feed').children]
  entries.forEach((entry, i) => {
    entry.dataset.at ??= i
    entry.dataset.mine = follows(entry.dataset.bib)
  })
  const first = entry => choice.only === 'followed' && entry.dataset.mine === 'true'
  arrange($('#feed'), entries.sort((a, b) => first(b) - first(a) || a.dataset.at - b.dataset.at))
}
