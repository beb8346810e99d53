import streamlit as st

st.title('importar')
