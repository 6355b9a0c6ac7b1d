"""What each shell has to be told; ``completion SHELL`` prints it.

The shell starts the command with the line up to the cursor in one variable and its own name in
another. Each line of the answer is a word that may follow, and after a tab what it means.
"""

from __future__ import annotations

from ollama_cli.completion.variables import LINE, SHELL

# A shell splits words at colons, which ids of models have, and replaces only what follows the last.
_BASH = r"""
_ollama_cli() {
    local line="${COMP_LINE:0:COMP_POINT}" word value
    COMPREPLY=()
    word="${line##*[[:space:]=]}"
    [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && word="${word%:*}:" || word=""
    while IFS=$'\t' read -r value _; do
        COMPREPLY+=("${value#"$word"}")
    done < <(env SHELL_VARIABLE=bash LINE_VARIABLE="$line" ollama-cli 2>/dev/null)
}
complete -o default -o nosort -F _ollama_cli ollama-cli
"""
_ZSH = r"""
#compdef ollama-cli
_ollama_cli() {
    local -a found described
    local line="${(j: :)words[1,CURRENT]}"
    found=("${(@f)$(env SHELL_VARIABLE=zsh LINE_VARIABLE="$line" ollama-cli 2>/dev/null)}")
    for line in $found; do
        [[ -n $line ]] && described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (( $#described )); then
        _describe -V word described
    else
        _files
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _ollama_cli "$@"
else
    compdef _ollama_cli ollama-cli
fi
"""
_FISH = r"""
function _ollama_cli
    set -l line (commandline -cp | string collect)
    set -l found (env SHELL_VARIABLE=fish LINE_VARIABLE="$line" ollama-cli 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c ollama-cli -f -a '(_ollama_cli)'
"""
SHELLS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def script(shell: str) -> str:
    """Return the script of a shell."""
    text = SHELLS[shell].replace("SHELL_VARIABLE", SHELL).replace("LINE_VARIABLE", LINE)
    return text.lstrip("\n")
