// Sort the table of participants by a click on a column's name, or Enter or Space on it.
document.querySelectorAll('#participants th').forEach((head, column) => {
  head.tabIndex = 0;
  const sort = () => {
    const rising = head.getAttribute('aria-sort') !== 'ascending';
    document.querySelectorAll('#participants th').forEach(one => one.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', rising ? 'ascending' : 'descending');
    const value = row => row.cells[column].textContent.replaceAll(',', '');
    const compare = (a, b) => (a === '–') - (b === '–') ||
      (rising ? 1 : -1) * a.localeCompare(b, 'en', {numeric: true});
    const body = document.querySelector('#participants tbody');
    [...body.rows].sort((a, b) => compare(value(a), value(b))).forEach(row => body.append(row));
  };
  head.addEventListener('click', sort);
  head.addEventListener('keydown', event => {
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); sort(); }
  });
});
